-- role: asm_worker

-- fragment: wanted
-- Stays of foreigners that go on after the last permitted day, which may still be spent here.
-- Where a departure is planned it decides, however long ago: a guest who was to leave in time and
-- was not checked out is another check's.
wanted AS MATERIALIZED (
  SELECT told.facility_id, CAST(told.id AS text) AS subject, told.ward_code, told.id AS stay_id,
    jsonb_build_object('permitted_until', told.permitted_until, 'departed_at', told.departed_at,
      'planned_departure_at', told.planned_departure_at, 'room', told.room_name) AS evidence
  FROM told
  WHERE told.permitted_until IS NOT NULL AND told.foreigner AND told.voided_at IS NULL
    AND told.permitted_until < greatest(told.arrival_date, coalesce(
      CAST(coalesce(told.departed_at, told.planned_departure_at) AT TIME ZONE 'Asia/Ho_Chi_Minh'
        AS date),
      CASE WHEN NOT
-- include: gone
        THEN CAST(:today AS date) END))
)

-- name: settle
-- Flags for the changed stays as they are told now.
WITH
-- include: told,
-- include: wanted,
-- include: follow_stays;

-- name: raise_passing
-- Flags for the next :slice stays without a planned departure whose permitted stay ended by :until,
-- by the index on (permitted_until, facility_id, id) with these conditions.
WITH told AS MATERIALIZED (
  SELECT stay.*, permitted_until AS passed_at FROM stay
  WHERE permitted_until IS NOT NULL AND planned_departure_at IS NULL AND departed_at IS NULL
    AND voided_at IS NULL
    AND permitted_until <= CAST(:until AS date)
    AND (permitted_until, facility_id, id)
      > (CAST(:since AS date), CAST(:facility AS uuid), CAST(:stay AS uuid))
  ORDER BY permitted_until, facility_id, id LIMIT :slice
),
-- include: wanted,
-- include: raise_slice;
