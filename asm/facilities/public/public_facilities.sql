-- role: asm_api

-- fragment: features
SELECT f.id, f.kind, f.name, f.address_text AS address, f.ward_code, w.name AS ward_name,
  ST_AsGeoJSON(f.point, 6) AS geometry
FROM facility f JOIN ward w ON w.code = f.ward_code

-- fragment: in_frame
-- By plain degrees: behind row-level security no index on the point helps.
WHERE f.lat BETWEEN :south AND :north AND f.lon BETWEEN :west AND :east

-- fragment: of_province
FROM facility f JOIN ward w ON w.code = f.ward_code
WHERE w.province_code = :province AND w.valid_to IS NULL

-- name: some
-- Whether there is a public facility anywhere.
SELECT EXISTS (SELECT FROM facility);

-- name: count
-- How many facilities are in a frame.
SELECT count(*) FROM facility f
-- include: in_frame;

-- name: items
-- A page of the facilities in a frame.
-- include: features
-- include: in_frame
ORDER BY f.id LIMIT :limit OFFSET :offset;

-- name: count_of_province
-- How many facilities are in a province.
SELECT count(*)
-- include: of_province;

-- name: page_of_province
-- A page of the facilities in a province, by ward and name.
SELECT f.name, f.kind, f.address_text, w.name AS ward_name
-- include: of_province
ORDER BY w.folded, w.code, f.folded_name, f.id LIMIT :limit OFFSET :offset;

-- name: one
-- One facility.
-- include: features
WHERE f.id = :id;
