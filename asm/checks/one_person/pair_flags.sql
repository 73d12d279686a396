-- role: asm_worker

-- name: raise_rows
-- Raises the flags of pairs, or opens them again as new.
INSERT INTO flag (facility_id, id, check_id, subject, severity, ward_code, stay_id, evidence)
SELECT facility_id, id, check_id, subject, severity, ward_code, stay_id, evidence
FROM json_populate_recordset(NULL::flag, CAST(:rows AS json))
ON CONFLICT (facility_id, check_id, subject) DO UPDATE SET
  ward_code = excluded.ward_code, stay_id = excluded.stay_id, evidence = excluded.evidence,
-- include: again
;
