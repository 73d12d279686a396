-- role: asm_worker

-- fragment: wanted
-- Changed stays whose guest should have left by :until and is not known to have.
-- Somebody whose last nights here are a later stay's has left, whether it was entered or not.
wanted AS MATERIALIZED (
  SELECT told.facility_id, CAST(told.id AS text) AS subject, told.ward_code, told.id AS stay_id,
    jsonb_build_object('planned_departure_at', told.planned_departure_at, 'room', told.room_name)
      AS evidence
  FROM told
  WHERE told.planned_departure_at <= CAST(:until AS timestamptz) AND told.departed_at IS NULL
    AND told.voided_at IS NULL AND NOT told.hourly AND NOT
-- include: gone
)

-- name: settle
-- Flags for the changed stays as they are told now.
WITH
-- include: told,
-- include: wanted,
-- include: follow_stays;

-- name: raise_passing
-- Flags for the next :slice stays whose planned departure passed by :until, by the index on
-- (planned_departure_at, facility_id, id) with these conditions.
WITH told AS MATERIALIZED (
  SELECT stay.*, planned_departure_at AS passed_at FROM stay
  WHERE departed_at IS NULL AND voided_at IS NULL
    AND planned_departure_at <= CAST(:until AS timestamptz)
    AND (planned_departure_at, facility_id, id)
      > (CAST(:since AS timestamptz), CAST(:facility AS uuid), CAST(:stay AS uuid))
  ORDER BY planned_departure_at, facility_id, id LIMIT :slice
),
-- include: wanted,
-- include: raise_slice;
