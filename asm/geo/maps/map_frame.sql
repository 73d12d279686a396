-- role: asm_api
-- name: ward_frame
-- Where the map of a ward opens, and whose boundary it shows.
SELECT w.code, w.name, p.name AS province_name,
  ST_XMin(w.boundary) AS west, ST_YMin(w.boundary) AS south,
  ST_XMax(w.boundary) AS east, ST_YMax(w.boundary) AS north,
  w.boundary_approximate AS approximate,
  CASE WHEN w.boundary_source IS DISTINCT FROM l.source THEN w.boundary_source
    ELSE l.provenance END AS source,
  CASE WHEN w.boundary_source IS NOT DISTINCT FROM l.source THEN
    CAST(l.loaded_at AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date) END AS loaded_on
FROM ward w JOIN province p ON p.code = w.province_code
  LEFT JOIN boundary_load l ON l.id = w.boundary_load_id
WHERE w.code = :code AND w.boundary IS NOT NULL;

-- name: sources
-- Whose boundaries the map of the whole country shows.
SELECT DISTINCT w.boundary_approximate AS approximate,
  CASE WHEN w.boundary_source IS DISTINCT FROM l.source THEN w.boundary_source
    ELSE l.provenance END AS source,
  CASE WHEN w.boundary_source IS NOT DISTINCT FROM l.source THEN
    CAST(l.loaded_at AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date) END AS loaded_on
FROM ward w LEFT JOIN boundary_load l ON l.id = w.boundary_load_id
WHERE w.valid_to IS NULL AND w.boundary IS NOT NULL;
