-- role: asm_worker

-- fragment: wanted
-- Running stays that have lasted, or are planned to last, :cap days by :today.
wanted AS MATERIALIZED (
  SELECT told.facility_id, CAST(told.id AS text) AS subject, told.ward_code, told.id AS stay_id,
    jsonb_build_object('arrived_on', told.arrival_date, 'reached_on',
      told.arrival_date + CAST(:cap AS integer), 'planned_departure_at', told.planned_departure_at,
      'room', told.room_name) AS evidence
  FROM told
  WHERE told.departed_at IS NULL AND told.voided_at IS NULL AND NOT told.hourly
    AND NOT
-- include: gone
    AND told.arrival_date + CAST(:cap AS integer) <= coalesce(
      CAST(told.planned_departure_at AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date), CAST(:today AS date))
)

-- name: settle
-- Flags for the changed stays as they are told now.
WITH
-- include: told,
-- include: wanted,
-- include: follow_stays;

-- name: raise_passing
-- Flags for the next :slice stays without a planned departure that arrived up to :until, by the
-- index on (arrived_at, facility_id, id) with these conditions.
WITH told AS MATERIALIZED (
  SELECT stay.*, arrived_at AS passed_at FROM stay
  WHERE planned_departure_at IS NULL AND departed_at IS NULL AND voided_at IS NULL
    AND arrived_at <= CAST(:until AS timestamptz)
    AND (arrived_at, facility_id, id)
      > (CAST(:since AS timestamptz), CAST(:facility AS uuid), CAST(:stay AS uuid))
  ORDER BY arrived_at, facility_id, id LIMIT :slice
),
-- include: wanted,
-- include: raise_slice;
