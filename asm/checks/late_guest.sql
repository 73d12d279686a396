-- role: asm_worker

-- name: settle
-- Flags for the changed stays that were declared late and are not excused.
WITH
-- include: told,
wanted AS MATERIALIZED (
  SELECT told.facility_id, CAST(told.id AS text) AS subject, told.ward_code, told.id AS stay_id,
    jsonb_build_object('due_at', told.due_at, 'received_at', told.received_at, 'late_minutes',
      CAST(ceil(extract(epoch FROM told.received_at - told.due_at) / 60) AS integer)) AS evidence
  FROM told WHERE NOT told.on_time AND told.voided_at IS NULL
    AND NOT EXISTS (
      SELECT FROM stay_excuse
      WHERE stay_excuse.facility_id = told.facility_id AND stay_excuse.stay_id = told.id
    )
),
-- include: follow_stays;
