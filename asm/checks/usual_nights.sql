-- role: asm_api

-- fragment: active_since
-- The date since which a facility is active.
CAST(coalesce(facility.decided_at, facility.registered_at) AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date)
  AS active_since

-- fragment: usual
-- Per facility of `place` (id, active_since as a date), what is usual on nights like :night. A night
-- begins at eight in the morning, as arrivals are counted; the index on (facility_id, arrived_at)
-- finds each.
usual AS (
  SELECT place.id,
    CAST(count(*) FILTER (WHERE ago < 100) AS integer) AS recent_nights,
    CAST(count(*) FILTER (WHERE ago < 100 AND came.guests > 0) AS integer) AS recent_declared,
    CAST(count(*) FILTER (WHERE ago > 100) AS integer) AS year_ago_nights,
    CAST(count(*) FILTER (WHERE ago > 100 AND came.guests > 0) AS integer) AS year_ago_declared,
    CAST(coalesce(round(avg(came.guests) FILTER (WHERE ago < 100 AND came.guests > 0)), 0)
      AS integer) AS usual_guests
  FROM place
  CROSS JOIN unnest(CAST(:ago AS integer[])) AS ago
  CROSS JOIN LATERAL (SELECT CAST(:night AS date) - ago AS night) AS past
  CROSS JOIN LATERAL (
    SELECT count(*) AS guests FROM stay
    WHERE stay.facility_id = place.id AND stay.voided_at IS NULL
      AND stay.arrived_at >= (past.night + time '08:00') AT TIME ZONE 'Asia/Ho_Chi_Minh'
      AND stay.arrived_at < (past.night + 1 + time '08:00') AT TIME ZONE 'Asia/Ho_Chi_Minh'
      AND stay.arrival_date BETWEEN past.night AND past.night + 1
  ) AS came
  WHERE place.active_since <= past.night AND NOT EXISTS (
    SELECT FROM closure WHERE closure.facility_id = place.id
      AND closure.starts_on <= past.night AND closure.ends_on > past.night
  )
  GROUP BY place.id
)

-- fragment: expected
-- Over the columns of `usual`: is a night without guests unlike this facility?
recent_nights >= :enough AND recent_declared * 4 >= recent_nights * 3
  AND (year_ago_nights < 2 OR year_ago_declared * 2 >= year_ago_nights)

-- name: of_some
-- What is usual for some facilities on nights like :night.
WITH place AS (
  SELECT facility.id,
-- include: active_since
  FROM facility WHERE facility.id = ANY(CAST(:facilities AS uuid[]))
),
-- include: usual
SELECT usual.*,
-- include: expected
  AS expected FROM usual;
