-- role: asm_worker

-- name: wait
-- Lets the changed stays wait for their look-up, or for none any more.
-- In the order of the key, as the other writer of these rows takes them: two cannot deadlock.
WITH changed AS (
  SELECT facility_id, stay_id, arrival_date
  FROM unnest(CAST(:facilities AS uuid[]), CAST(:stays AS uuid[]), CAST(:arrivals AS date[]))
    AS changed (facility_id, stay_id, arrival_date)
), told AS (
  SELECT stay.facility_id, stay.id AS stay_id, stay.ward_code, stay.guest_record_id,
    stay.voided_at IS NULL AND NOT stay.foreigner AND NOT stay.no_papers AS wanted
  FROM changed
  JOIN stay ON stay.facility_id = changed.facility_id AND stay.id = changed.stay_id
    AND stay.arrival_date = changed.arrival_date
), forgotten AS (
  DELETE FROM identity_check USING told
  WHERE NOT told.wanted AND identity_check.facility_id = told.facility_id
    AND identity_check.stay_id = told.stay_id
), settled AS (
  UPDATE flag SET closed_at = clock_timestamp() FROM told
  WHERE NOT told.wanted AND flag.facility_id = told.facility_id AND flag.stay_id = told.stay_id
    AND flag.check_id = :check AND flag.closed_at IS NULL
)
INSERT INTO identity_check AS known (facility_id, stay_id, ward_code, guest_record_id)
SELECT facility_id, stay_id, ward_code, guest_record_id FROM told
WHERE wanted ORDER BY facility_id, stay_id
ON CONFLICT (facility_id, stay_id) DO UPDATE SET
  guest_record_id = excluded.guest_record_id, ward_code = excluded.ward_code, status = 'pending',
  checked_at = NULL, attempts = 0, next_attempt_at = clock_timestamp(), leased_until = NULL
  WHERE known.guest_record_id <> excluded.guest_record_id;

-- name: raise_rows
-- Raises the flags of guests who do not match, or opens them again as new.
INSERT INTO flag (facility_id, id, check_id, subject, severity, ward_code, stay_id, evidence)
SELECT facility_id, id, check_id, subject, severity, ward_code, stay_id, evidence
FROM json_populate_recordset(NULL::flag, CAST(:rows AS json))
ON CONFLICT (facility_id, check_id, subject) DO UPDATE SET
-- include: again
  WHERE flag.closed_at IS NOT NULL;
