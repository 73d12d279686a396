-- role: asm_api

-- name: by_day
-- Heads in and out of the gates of some wards by day, from :first to :last. An interval belongs to
-- the day on which it begins.
SELECT g.id, g.label, g.kind, g.ward_code,
  (c.starts_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day,
  sum(c.came_in) AS came_in, sum(c.went_out) AS went_out
FROM gate g JOIN gate_count c ON c.gate_id = g.id JOIN ward w ON w.code = g.ward_code
WHERE (CAST(:ward AS text) IS NULL OR g.ward_code = :ward)
  AND (CAST(:province AS text) IS NULL OR w.province_code = :province)
  AND c.starts_at >= CAST(:first AS date)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh'
  AND c.starts_at < (CAST(:last AS date) + 1)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh'
GROUP BY 1, 2, 3, 4, 5 ORDER BY g.ward_code, g.label, g.id, day;
