-- role: asm_worker

-- name: settle
-- Flags for the changed stays whose papers a rule doubted when they were declared.
WITH
-- include: told,
wanted AS MATERIALIZED (
  SELECT told.facility_id, CAST(told.id AS text) AS subject, told.ward_code, told.id AS stay_id,
    jsonb_build_object('rules', to_jsonb(told.doubts)) AS evidence
  FROM told WHERE told.voided_at IS NULL AND cardinality(told.doubts) > 0
),
-- include: follow_stays;
