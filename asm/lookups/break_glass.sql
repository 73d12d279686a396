-- role: asm_api

-- name: standing
-- What the officer broke and is still open.
SELECT g.id, coalesce(w.name || ', ' || p.name, p.name) AS area_name, g.ends_at
FROM break_glass g
JOIN province p ON p.code = g.area_province_code
LEFT JOIN ward w ON w.code = g.area_ward_code
WHERE g.account_id = :account AND g.ends_at > clock_timestamp()
ORDER BY g.ends_at;

-- name: to_review
-- What a supervisor answers for (row-level security says which), what waits first.
SELECT g.id, a.display_name AS officer, coalesce(w.name || ', ' || p.name, p.name) AS area_name,
  g.reason, g.case_number, g.opened_at, g.justified, g.review_note,
  g.account_id = :account AS own,
  (SELECT count(*) FROM look_up l WHERE l.glass_id = g.id) AS look_ups
FROM break_glass g
JOIN account a ON a.id = g.account_id
JOIN province p ON p.code = g.area_province_code
LEFT JOIN ward w ON w.code = g.area_ward_code
WHERE g.reviewed_at IS NULL OR g.reviewed_at > clock_timestamp() - interval '30 days'
ORDER BY g.reviewed_at IS NOT NULL, g.opened_at DESC
LIMIT 200;

-- name: waits_for
-- Whether the officer is one who may review it, before anything else is said of it.
SELECT id FROM break_glass WHERE id = :id AND reviewed_at IS NULL AND account_id <> :account;

-- name: review
-- Once, and never one's own.
UPDATE break_glass SET reviewed_at = clock_timestamp(), reviewed_by = :account,
  justified = :justified, review_note = :note
WHERE id = :id AND reviewed_at IS NULL AND account_id <> :account
RETURNING id;
