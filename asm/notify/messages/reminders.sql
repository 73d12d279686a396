-- role: asm_worker

-- name: silent
-- A chunk of facilities: is a declaration for the night expected, was there one, and how many
-- guests should have left.
-- In the order of the key, a chunk a transaction, so that a hundred thousand places block nobody.
WITH part AS (
  SELECT id, name, status, coalesce(decided_at, registered_at) AS since FROM facility
  WHERE id > :after ORDER BY id LIMIT :chunk
)
SELECT part.id, part.name,
  part.status = 'active'
    AND (part.since AT TIME ZONE :zone - CAST(:morning AS time)::interval)::date <= :night
    AND NOT EXISTS (SELECT FROM closure WHERE closure.facility_id = part.id
      AND closure.starts_on <= :night AND closure.ends_on > :night) AS expected,
  EXISTS (SELECT FROM stay WHERE stay.facility_id = part.id AND stay.voided_at IS NULL
    AND stay.arrival_date BETWEEN :earliest AND CAST(:night AS date) + 1
    AND (stay.first_night = :night OR (stay.first_night < :night
      AND (stay.end_night IS NULL OR stay.end_night > :night)))) AS declared,
  (SELECT count(*) FROM stay WHERE stay.facility_id = part.id AND stay.voided_at IS NULL
    AND stay.arrival_date BETWEEN :earliest AND CAST(:night AS date) + 1
    AND stay.departed_at IS NULL AND NOT stay.hourly
    AND stay.planned_departure_at < :now
    AND stay.planned_departure_at > CAST(:now AS timestamptz) - make_interval(days => :forgotten)
  ) AS departures_overdue
FROM part ORDER BY part.id;
