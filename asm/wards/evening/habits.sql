-- role: asm_api

-- name: habits
-- Per facility: on which nights like :night it was there to be counted, on which of them guests
-- came, and how many seconds after eight in the morning the first was declared, in the middle. The
-- ward's index by first night finds the stays.
WITH place AS MATERIALIZED (
  SELECT facility.id,
-- include: active_since
  FROM facility WHERE facility.id = ANY(CAST(:facilities AS uuid[]))
), came AS MATERIALIZED (
  SELECT stay.facility_id, stay.first_night, count(*) AS guests, min(stay.received_at) AS first
  FROM stay
  WHERE stay.ward_code = :ward AND stay.first_night = ANY(CAST(:nights AS date[]))
    AND stay.arrival_date = ANY(CAST(:dates AS date[])) AND stay.voided_at IS NULL
  GROUP BY stay.facility_id, stay.first_night
), seen AS (
  SELECT place.id, ago, coalesce(came.guests, 0) AS guests, came.first
  FROM place CROSS JOIN unnest(CAST(:ago AS integer[])) AS ago
  LEFT JOIN came ON came.facility_id = place.id AND came.first_night = CAST(:night AS date) - ago
  WHERE place.active_since <= CAST(:night AS date) - ago AND NOT EXISTS (
    SELECT FROM closure WHERE closure.facility_id = place.id
      AND closure.starts_on <= CAST(:night AS date) - ago
      AND closure.ends_on > CAST(:night AS date) - ago
  )
), usual AS (
  SELECT id,
    count(*) FILTER (WHERE ago < 100) AS recent_nights,
    count(*) FILTER (WHERE ago < 100 AND guests > 0) AS recent_declared,
    count(*) FILTER (WHERE ago > 100) AS year_ago_nights,
    count(*) FILTER (WHERE ago > 100 AND guests > 0) AS year_ago_declared,
    CAST(coalesce(round(avg(guests) FILTER (WHERE ago < 100 AND guests > 0)), 0) AS integer)
      AS usual_guests,
    array_agg(ago) AS backs, array_agg(guests > 0) AS declared,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY CAST(extract(epoch FROM first
        - (CAST(:night AS date) - ago + time '08:00') AT TIME ZONE 'Asia/Ho_Chi_Minh')
      AS double precision)) FILTER (WHERE ago < 100 AND first IS NOT NULL) AS spoke_after
  FROM seen GROUP BY id
)
SELECT id, usual_guests, backs, declared, spoke_after,
-- include: expected
  AS expected FROM usual;
