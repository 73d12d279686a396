-- role: asm_api

-- fragment: features
SELECT w.code, w.name, w.kind, w.province_code, p.name AS province_name, w.valid_from,
  w.boundary_approximate, ST_AsGeoJSON(w.boundary, 6) AS geometry
FROM wards w JOIN provinces p ON p.code = w.province_code

-- fragment: in_frame
WHERE w.boundary && ST_MakeEnvelope(:west, :south, :east, :north, 4326)

-- name: count_today
-- How many wards meet a frame.
WITH
-- include: today
SELECT count(*) FROM wards w
-- include: in_frame;

-- name: count_that_day
-- How many wards met a frame on :day.
WITH
-- include: that_day
SELECT count(*) FROM wards w
-- include: in_frame;

-- name: items_today
-- A page of the wards that meet a frame.
WITH
-- include: today
-- include: features
-- include: in_frame
ORDER BY w.code LIMIT :limit OFFSET :offset;

-- name: items_that_day
-- A page of the wards that met a frame on :day.
WITH
-- include: that_day
-- include: features
-- include: in_frame
ORDER BY w.code LIMIT :limit OFFSET :offset;

-- name: one
-- One ward.
WITH
-- include: today
-- include: features
WHERE w.code = :code AND w.boundary IS NOT NULL;
