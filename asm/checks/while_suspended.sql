-- role: asm_worker

-- name: settle
-- Flags for the changed stays that began on a night on which the ward had suspended the house.
WITH
-- include: told,
wanted AS MATERIALIZED (
  SELECT told.facility_id, CAST(told.id AS text) AS subject, told.ward_code, told.id AS stay_id,
    jsonb_build_object('suspended_since', min(closure.starts_on), 'arrived_on', told.arrival_date,
      'room', told.room_name) AS evidence
  FROM told JOIN closure ON closure.facility_id = told.facility_id
    AND closure.ordered_by IS NOT NULL
    AND closure.starts_on <= told.first_night AND closure.ends_on > told.first_night
  WHERE told.voided_at IS NULL
  GROUP BY told.facility_id, told.id, told.ward_code, told.arrival_date, told.room_name
),
-- include: follow_stays;
