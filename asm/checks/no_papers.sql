-- role: asm_worker

-- name: settle
-- Flags for the changed stays of guests without papers.
WITH
-- include: told,
wanted AS MATERIALIZED (
  SELECT told.facility_id, CAST(told.id AS text) AS subject, told.ward_code, told.id AS stay_id,
    jsonb_build_object('stay_id', told.id) AS evidence
  FROM told WHERE told.voided_at IS NULL AND told.no_papers
),
-- include: follow_stays;
