-- role: asm_keeper

-- name: move
-- Moves facilities to the ward they are in after an event, and keeps where they were.
-- A point a little outside every drawing, say at a pier, belongs to the nearest ward of the event.
WITH moved AS (
  SELECT f.id, f.ward_code AS before, f.ward_since, near.code AS after
  FROM facility f CROSS JOIN LATERAL (
    SELECT w.code FROM ward w WHERE w.code = ANY(:after) AND w.valid_to IS NULL
    ORDER BY ST_Distance(w.boundary, f.point), w.code LIMIT 1
  ) near
  WHERE f.ward_code = ANY(:before) AND near.code <> f.ward_code
    AND (f.ward_since IS NULL OR f.ward_since < :day)
), past AS (
  INSERT INTO facility_ward_past (facility_id, ward_code, valid_from, valid_to, event_id)
  SELECT id, before, ward_since, :day, :event FROM moved
)
UPDATE facility f SET ward_code = moved.after, ward_since = :day FROM moved
WHERE f.id = moved.id RETURNING f.id;

-- name: move_addresses
-- Moves digital addresses to their ward, and tells of it in their history.
-- A facility's door is where the facility is; a household's, or nobody's yet, goes by its point.
WITH moved AS (
  SELECT d.code, d.ward_code AS before, coalesce(f.ward_code, near.code) AS after
  FROM digital_address d LEFT JOIN facility f ON f.id = d.facility_id CROSS JOIN LATERAL (
    SELECT w.code FROM ward w WHERE w.code = ANY(:after) AND w.valid_to IS NULL
    ORDER BY ST_Distance(w.boundary, d.point), w.code LIMIT 1
  ) near
  WHERE d.ward_code = ANY(:before) AND coalesce(f.ward_code, near.code) <> d.ward_code
), told AS (
  INSERT INTO address_change (code, id, what, before, after)
  SELECT code, gen_random_uuid(), 'ward', jsonb_build_object('ward_code', before),
    jsonb_build_object('ward_code', after) FROM moved
)
UPDATE digital_address d SET ward_code = moved.after FROM moved
WHERE d.code = moved.code RETURNING d.code;
