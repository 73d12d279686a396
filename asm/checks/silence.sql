-- role: asm_worker

-- name: close_declared
-- Ends the silence of facilities that show a stay for its night or a later one.
-- Stays that a facility shows for the night of a flag, or for a later one, end the silence.
UPDATE flag SET closed_at = clock_timestamp()
FROM (
  SELECT stay.facility_id, max(greatest(stay.first_night, coalesce(stay.end_night - 1, '9999-12-31')
  )) AS last_night
  FROM unnest(CAST(:facilities AS uuid[]), CAST(:stays AS uuid[]), CAST(:arrivals AS date[]))
    AS changed (facility_id, stay_id, arrival_date)
  JOIN stay ON stay.facility_id = changed.facility_id AND stay.id = changed.stay_id
    AND stay.arrival_date = changed.arrival_date
  WHERE stay.voided_at IS NULL AND stay.arrival_date BETWEEN :first_arrival AND :last_arrival
  GROUP BY stay.facility_id
) AS told
WHERE flag.facility_id = told.facility_id AND flag.check_id = :check AND flag.closed_at IS NULL
  AND flag.subject <= CAST(told.last_night AS text);

-- name: close_quiet
-- Ends the silence of facilities that say of one of :nights, the flag's or a later one, that nobody
-- new came.
UPDATE flag SET closed_at = clock_timestamp()
FROM unnest(CAST(:facilities AS uuid[]), CAST(:nights AS date[])) AS said (facility_id, night)
JOIN quiet_night USING (facility_id, night)
WHERE flag.facility_id = said.facility_id AND flag.check_id = :check AND flag.closed_at IS NULL
  AND flag.subject <= CAST(said.night AS text);

-- name: raise_silent
-- Flags for those of the next :slice active facilities that have nobody on :night, are not closed
-- then, and always have guests on nights like it; says how far it came.
WITH slice AS MATERIALIZED (
  SELECT facility.id, facility.ward_code,
-- include: active_since
  FROM facility
  WHERE facility.id > CAST(:after AS uuid) AND facility.status = 'active'
  ORDER BY facility.id LIMIT :slice
), place AS MATERIALIZED (
  SELECT slice.* FROM slice
  WHERE NOT EXISTS (
    SELECT FROM closure WHERE closure.facility_id = slice.id
      AND closure.starts_on <= CAST(:night AS date) AND closure.ends_on > CAST(:night AS date)
  ) AND NOT EXISTS (
    SELECT FROM quiet_night
    WHERE quiet_night.facility_id = slice.id AND quiet_night.night = CAST(:night AS date)
  ) AND NOT EXISTS (
    SELECT FROM stay WHERE stay.facility_id = slice.id AND stay.voided_at IS NULL
      AND stay.first_night <= CAST(:night AS date)
      AND (stay.end_night IS NULL OR stay.end_night > CAST(:night AS date)
        OR (stay.end_night = CAST(:night AS date) AND stay.first_night = CAST(:night AS date)))
      AND stay.arrival_date BETWEEN CAST(:since AS date) AND CAST(:night AS date) + 1
  ) AND NOT EXISTS (
    SELECT FROM flag WHERE flag.facility_id = slice.id AND flag.check_id = CAST(:check AS text)
      AND flag.closed_at IS NULL
  )
),
-- include: usual,
wanted AS MATERIALIZED (
  SELECT place.id AS facility_id, CAST(CAST(:night AS date) AS text) AS subject, place.ward_code,
    CAST(NULL AS uuid) AS stay_id,
    jsonb_build_object('night', CAST(:night AS date), 'recent_nights', recent_nights,
      'recent_declared', recent_declared, 'year_ago_nights', year_ago_nights,
      'year_ago_declared', year_ago_declared, 'usual_guests', usual_guests) AS evidence
  FROM usual JOIN place USING (id) WHERE
-- include: expected
), raised AS (
-- include: raise
  RETURNING id
)
SELECT id AS last, (SELECT count(*) FROM raised) AS raised, (SELECT count(*) FROM slice) AS seen
FROM slice ORDER BY id DESC LIMIT 1;
