-- role: asm_api

-- name: seen
-- Look-ups of the supervisor's province (row-level security says which), the newest first.
SELECT l.id, l.at, a.display_name AS officer, a.login, w.name AS ward_name, l.reason, l.note,
  l.case_number, l.person_code, l.shown, l.answered_at IS NOT NULL AS answered,
  l.glass_id IS NOT NULL AS by_glass, count(*) OVER () AS in_all
FROM look_up l
JOIN account a ON a.id = l.account_id
LEFT JOIN ward w ON w.code = l.ward_code
WHERE (CAST(:officer AS uuid) IS NULL OR l.account_id = :officer)
  AND (CAST(:reason AS text) IS NULL OR l.reason = :reason)
  AND (CAST(:person AS text) IS NULL OR l.person_code = :person)
  AND (CAST(:first AS date) IS NULL
    OR l.at >= CAST(:first AS date)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh')
  AND (CAST(:last AS date) IS NULL
    OR l.at < (CAST(:last AS date) + 1)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh')
  AND (NOT CAST(:glass AS boolean) OR l.glass_id IS NOT NULL)
ORDER BY l.at DESC, l.id
LIMIT :size OFFSET :skipped;

-- name: alarms
-- What the supervisor was written a message of in thirty days.
SELECT m.account_id, a.display_name AS officer, a.login, m.cause, m.at, m.look_ups, m.people
FROM look_up_alarm m
JOIN account a ON a.id = m.account_id
WHERE m.at > clock_timestamp() - interval '30 days'
ORDER BY m.at DESC;

-- name: officers
-- Who of the supervisor's province (row-level security says whose) looked somebody up.
SELECT a.id, a.display_name, a.login
FROM account a
WHERE EXISTS (SELECT FROM look_up l WHERE l.account_id = a.id)
ORDER BY a.display_name, a.login
LIMIT 1000;
