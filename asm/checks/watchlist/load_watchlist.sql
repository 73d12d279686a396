-- role: asm_worker

-- name: to_look_at
-- The stays that a list which was loaded or removed may say something new of.
-- Who is there now, or was flagged by this list before. Both slots: while the key rotates an entry
-- and a person share at least one.
SELECT stay.facility_id, stay.id, stay.version FROM (
  SELECT person.facility_id, person.ref FROM vault.watch_entry AS entry
  JOIN vault.person ON person.index_a = entry.index_a WHERE entry.list_id = :list
  UNION
  SELECT person.facility_id, person.ref FROM vault.watch_entry AS entry
  JOIN vault.person ON person.index_b = entry.index_b WHERE entry.list_id = :list
) AS watched
JOIN stay ON stay.facility_id = watched.facility_id AND stay.person_ref = watched.ref
WHERE stay.voided_at IS NULL
  AND (stay.arrived_at > clock_timestamp() - interval '400 days'
    OR stay.end_night >= CAST(clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date))
  AND (stay.departed_at IS NULL OR stay.departed_at > clock_timestamp())
UNION
SELECT stay.facility_id, stay.id, stay.version FROM flag
JOIN stay ON stay.facility_id = flag.facility_id AND stay.id = flag.stay_id
WHERE flag.owner_id = (SELECT owner_id FROM watch_list WHERE id = :list)
  AND flag.check_id = 'watch-list' AND flag.closed_at IS NULL
  AND flag.evidence ->> 'list_id' = CAST(:list AS text);
