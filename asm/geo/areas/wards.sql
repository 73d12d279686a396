-- role: asm_api

-- fragment: today
-- The areas in force now.
wards AS NOT MATERIALIZED (
  SELECT * FROM ward WHERE valid_to IS NULL
), provinces AS NOT MATERIALIZED (
  SELECT * FROM province
)

-- fragment: that_day
-- The areas as they were on :day.
wards AS NOT MATERIALIZED (
  SELECT * FROM wards_on(:day)
), provinces AS NOT MATERIALIZED (
  SELECT * FROM provinces_on(:day)
)

-- fragment: inside
-- Real boundaries come before approximate cells; what several wards hold has the lowest code.
SELECT w.code, w.name, w.province_code, p.name AS province_name,
  w.boundary_approximate AS approximate, NULL::float AS distance_m
FROM wards w JOIN provinces p ON p.code = w.province_code
WHERE ST_Intersects(w.boundary, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326))
ORDER BY w.boundary_approximate, w.code LIMIT 5

-- fragment: nearest
SELECT near.code, near.name, near.province_code, p.name AS province_name,
  near.boundary_approximate AS approximate, near.distance_m
FROM (
  SELECT w.code, w.name, w.province_code, w.boundary_approximate, ST_DistanceSphere(
    ST_ClosestPoint(w.boundary, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)),
    ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)) AS distance_m
  FROM wards w
  WHERE w.boundary && ST_Expand(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :near_degrees)
) near JOIN provinces p ON p.code = near.province_code
WHERE near.distance_m <= :near_m
ORDER BY near.distance_m, near.code LIMIT 1

-- name: inside_today
-- The wards that a point is in.
WITH
-- include: today
-- include: inside;

-- name: inside_that_day
-- The wards that a point was in on :day.
WITH
-- include: that_day
-- include: inside;

-- name: nearest_today
-- The ward nearest to a point, up to :near_m away.
WITH
-- include: today
-- include: nearest;

-- name: nearest_that_day
-- The ward that was nearest to a point on :day, up to :near_m away.
WITH
-- include: that_day
-- include: nearest;
