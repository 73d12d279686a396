-- role: asm_worker

-- fragment: ward_then
-- The ward in which facility `f` was on the night `n.night`.
CASE WHEN f.ward_since IS NULL OR f.ward_since <= n.night THEN f.ward_code
  ELSE coalesce((SELECT past.ward_code FROM facility_ward_past past
    WHERE past.facility_id = f.id AND past.valid_to > n.night
      AND (past.valid_from IS NULL OR past.valid_from <= n.night)), f.ward_code) END

-- fragment: active
-- Was facility `f` active before the night `n.night` was over, and not closed for good by then? In
-- the words of asm.analytics.in_force.active_on.
(f.status IN ('active', 'closed')
  AND date(coalesce(f.decided_at, f.registered_at) AT TIME ZONE 'Asia/Ho_Chi_Minh'
    - interval '8 hours') <= n.night
  AND (f.closed_on IS NULL OR f.closed_on > n.night))

-- fragment: shut
-- Had facility `f` recorded a closure for the night `n.night`?
EXISTS (SELECT FROM closure c
  WHERE c.facility_id = f.id AND c.starts_on <= n.night AND c.ends_on > n.night)

-- fragment: open_room
-- Is a room `r` in service on the night `n.night`?
r.opened_on <= n.night AND (r.closed_on IS NULL OR r.closed_on > n.night)

-- fragment: quiet
-- Was "no guests" said of facility `f` for the night `n.night`?
EXISTS (SELECT FROM quiet_night q WHERE q.facility_id = f.id AND q.night = n.night)

-- fragment: house_counts
-- Rows of ward_night for `near`, pairs of a facility and a night, and `present`, the rows of the
-- ledger that touch them: what facilities, rooms, stays and "no guests" say now.
house AS MATERIALIZED (
  SELECT f.id AS facility_id, f.kind, n.night,
-- include: ward_then
    AS ward_code,
-- include: shut
    AS shut,
-- include: quiet
    AS quiet
  FROM near n JOIN facility f ON f.id = n.facility_id
  WHERE
-- include: active
), there AS (
  SELECT p.facility_id, p.room_name, n.night, n.night = p.first_night AS begun,
    p.nights @> n.night AS slept
  FROM present p CROSS JOIN LATERAL (
    SELECT greatest(p.first_night, CAST(:since AS date)) + step AS night
    FROM generate_series(0, least(p.until - 1, CAST(:last AS date))
      - greatest(p.first_night, CAST(:since AS date))) AS step) n
), guests AS (
  SELECT facility_id, night, bool_or(begun) AS begun, count(*) FILTER (WHERE slept) AS slept
  FROM there GROUP BY facility_id, night
), taken AS (
  SELECT DISTINCT facility_id, room_name, night FROM there WHERE slept AND room_name IS NOT NULL
), room_changes AS (
  SELECT r.facility_id, day, sum(rooms) AS rooms, sum(change.beds) AS beds
  FROM room r CROSS JOIN LATERAL (
    VALUES (r.opened_on, 1, r.beds), (r.closed_on, -1, -r.beds)) AS change (day, rooms, beds)
  WHERE r.facility_id IN (SELECT facility_id FROM near) AND day IS NOT NULL
    AND (r.closed_on IS NULL OR r.closed_on > r.opened_on)
  GROUP BY r.facility_id, day
), room_spans AS MATERIALIZED (
  SELECT facility_id, day AS since, lead(day, 1, 'infinity') OVER days AS until,
    sum(rooms) OVER days AS rooms, sum(beds) OVER days AS beds
  FROM room_changes WINDOW days AS (PARTITION BY facility_id ORDER BY day)
), rooms AS (
  SELECT n.facility_id, n.night, s.rooms, s.beds
  FROM near n
  JOIN room_spans s ON s.facility_id = n.facility_id AND s.since <= n.night AND n.night < s.until
), occupied AS (
  SELECT n.facility_id, n.night, count(*) AS occupied
  FROM taken n
  JOIN room r ON r.facility_id = n.facility_id AND r.name = n.room_name AND
-- include: open_room
  GROUP BY n.facility_id, n.night
), house_counts AS (
  SELECT ward_code, night, kind,
    count(*) FILTER (WHERE NOT shut) AS facilities_active,
    count(*) FILTER (WHERE shut) AS facilities_closed,
    count(*) FILTER (WHERE NOT shut AND slept IS NOT NULL) AS facilities_stayed,
    count(*) FILTER (WHERE NOT shut AND (begun OR quiet)) AS facilities_said,
    count(*) FILTER (WHERE NOT shut AND quiet) AS facilities_quiet,
    coalesce(sum(rooms) FILTER (WHERE NOT shut), 0) AS rooms_open,
    coalesce(sum(beds) FILTER (WHERE NOT shut), 0) AS beds_open,
    coalesce(sum(rooms), 0) AS rooms_all, coalesce(sum(beds), 0) AS beds_all,
    coalesce(sum(occupied) FILTER (WHERE NOT shut), 0) AS rooms_occupied,
    coalesce(sum(slept) FILTER (WHERE NOT shut AND rooms > 0), 0) AS known_nights
  FROM house LEFT JOIN guests USING (facility_id, night) LEFT JOIN rooms USING (facility_id, night)
  LEFT JOIN occupied USING (facility_id, night)
  GROUP BY ward_code, night, kind
)

-- fragment: put_houses
-- Writes `house_counts` over the rows of ward_night that are there.
INSERT INTO ward_night AS t (ward_code, night, kind, facilities_active, facilities_closed,
  facilities_stayed, facilities_said, facilities_quiet, rooms_open, beds_open, rooms_all, beds_all,
  rooms_occupied, known_nights)
SELECT * FROM house_counts ORDER BY ward_code, night, kind
ON CONFLICT (ward_code, night, kind) DO UPDATE SET
  facilities_active = excluded.facilities_active, facilities_closed = excluded.facilities_closed,
  facilities_stayed = excluded.facilities_stayed, facilities_said = excluded.facilities_said,
  facilities_quiet = excluded.facilities_quiet, rooms_open = excluded.rooms_open,
  beds_open = excluded.beds_open, rooms_all = excluded.rooms_all, beds_all = excluded.beds_all,
  rooms_occupied = excluded.rooms_occupied, known_nights = excluded.known_nights

-- name: wards_of
-- The wards in which some facilities are or were.
SELECT ward_code FROM facility WHERE id = ANY(CAST(:facilities AS uuid[]))
UNION SELECT ward_code FROM facility_ward_past WHERE facility_id = ANY(CAST(:facilities AS uuid[]));

-- name: houses_of
-- The facilities that are or were in some wards.
SELECT id FROM facility WHERE ward_code = ANY(CAST(:wards AS text[]))
UNION SELECT facility_id FROM facility_ward_past WHERE ward_code = ANY(CAST(:wards AS text[]));

-- name: clear_houses
-- What is kept of the houses of some wards (all: NULL) for some nights.
DELETE FROM ward_night
WHERE night BETWEEN :since AND :last
  AND (CAST(:wards AS text[]) IS NULL OR ward_code = ANY(CAST(:wards AS text[])));

-- name: count_houses
-- Writes what is so of the houses of some wards for some nights.
WITH near AS MATERIALIZED (
  SELECT f.id AS facility_id, n.night
  FROM facility f
  CROSS JOIN (SELECT CAST(:since AS date) + step AS night
    FROM generate_series(0, CAST(:last AS date) - CAST(:since AS date)) AS step) n
  WHERE f.status IN ('active', 'closed')
    AND f.id = ANY(CAST(:facilities AS uuid[])) AND
-- include: ward_then
    = ANY(CAST(:wards AS text[]))
), present AS MATERIALIZED (
  SELECT l.* FROM counted_stay l
  WHERE l.facility_id = ANY(CAST(:facilities AS uuid[])) AND l.until > :since
    AND l.first_night <= :last
),
-- include: house_counts
-- include: put_houses
;

-- name: count_all_houses
-- The same for all wards: by nights, where the other goes by houses.
WITH near AS MATERIALIZED (
  SELECT f.id AS facility_id, n.night
  FROM facility f
  CROSS JOIN (SELECT CAST(:since AS date) + step AS night
    FROM generate_series(0, CAST(:last AS date) - CAST(:since AS date)) AS step) n
  WHERE f.status IN ('active', 'closed')
), present AS MATERIALIZED (
-- include: touching
),
-- include: house_counts
-- include: put_houses
;
