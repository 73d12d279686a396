-- role: asm_api

-- name: gates
-- The gates of a province, those that count first, each with the newest interval that it sent.
SELECT g.id, w.name AS ward_name, g.label, g.kind, g.created_at, g.ended_at,
  last.starts_at, last.ends_at, last.came_in, last.went_out
FROM gate g
JOIN ward w ON w.code = g.ward_code
LEFT JOIN LATERAL (
  SELECT c.starts_at, c.ends_at, c.came_in, c.went_out
  FROM gate_count c WHERE c.gate_id = g.id
  ORDER BY c.starts_at DESC LIMIT 1
) AS last ON true
WHERE w.province_code = :province
ORDER BY g.ended_at IS NOT NULL, w.folded, g.label, g.id;
