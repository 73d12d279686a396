-- role: asm_worker

-- name: count_stays
-- Brings the totals from what the ledger says of some stays to what the stays say, and writes that
-- into the ledger; all at once, so told twice it changes nothing the second time. Whether a house or
-- a room counts already because of another stay is looked up in the ledger. `IN … IS TRUE` instead of
-- a join: the planner takes a batch for one row and would go through it once for each of its rows;
-- what it cannot pull up into a join it looks up in a hash.
WITH told AS (
  SELECT DISTINCT facility_id, stay_id
  FROM unnest(CAST(:facilities AS uuid[]), CAST(:stays AS uuid[])) AS told (facility_id, stay_id)
), wanted AS (
  SELECT s.* FROM told JOIN stay s ON s.facility_id = told.facility_id AND s.id = told.stay_id
  WHERE s.voided_at IS NULL
), fresh AS (
-- include: facts
), former AS (
  SELECT l.* FROM told JOIN counted_stay l USING (facility_id, stay_id)
), changed AS (
  SELECT facility_id, stay_id, fresh.facility_id IS NULL AS gone
  FROM fresh FULL JOIN former USING (facility_id, stay_id)
  WHERE (fresh.*) IS DISTINCT FROM (former.*)
), signed AS (
  SELECT -1 AS sign, former.* FROM former
  WHERE ((facility_id, stay_id) IN (SELECT facility_id, stay_id FROM changed)) IS TRUE
  UNION ALL SELECT 1, fresh.* FROM fresh
  WHERE ((facility_id, stay_id) IN (SELECT facility_id, stay_id FROM changed)) IS TRUE
),
-- include: spread,
night_counts AS (
-- include: night_counts
), nights AS (
-- include: add_nights
), origins AS (
-- include: origin_counts
), origin_nights AS (
-- include: add_origins
), month_counts AS (
-- include: month_counts
), months AS (
-- include: add_months
), covered AS (
  SELECT s.facility_id, n.night, bool_or(s.sign > 0) AS covers, bool_or(s.sign < 0) AS covered,
    bool_or(s.sign > 0 AND n.night = s.first_night) AS begins,
    bool_or(s.sign < 0 AND n.night = s.first_night) AS began,
    sum(s.sign) FILTER (WHERE s.nights @> n.night) AS guests
  FROM signed s CROSS JOIN LATERAL (
    SELECT s.first_night + step AS night
    FROM generate_series(0, least(s.until - 1, CAST(:last AS date)) - s.first_night) AS step) n
  GROUP BY s.facility_id, n.night
), housed AS (
  SELECT c.facility_id, c.night, c.guests,
    CASE WHEN c.covers = c.covered OR EXISTS (
      SELECT FROM counted_stay l WHERE l.facility_id = c.facility_id AND l.until > c.night
        AND l.first_night <= c.night AND ((l.facility_id, l.stay_id) IN (
          SELECT facility_id, stay_id FROM changed)) IS NOT TRUE) THEN 0
      WHEN c.covers THEN 1 ELSE -1 END AS stayed,
    CASE WHEN c.begins = c.began OR EXISTS (
      SELECT FROM counted_stay l WHERE l.facility_id = c.facility_id AND l.until > c.night
        AND l.first_night = c.night AND ((l.facility_id, l.stay_id) IN (
          SELECT facility_id, stay_id FROM changed)) IS NOT TRUE) THEN 0
      WHEN c.begins THEN 1 ELSE -1 END AS said,
    0 AS occupied
  FROM covered c
), roomed AS (
  SELECT s.facility_id, s.room_name, n.night, bool_or(s.sign > 0) AS takes
  FROM signed s
  CROSS JOIN unnest(s.nights * datemultirange(daterange(:since, :last, '[]'))) AS part (span)
  CROSS JOIN LATERAL (
    SELECT lower(part.span) + step AS night
    FROM generate_series(0, upper(part.span) - lower(part.span) - 1) AS step) n
  WHERE s.room_name IS NOT NULL
  GROUP BY s.facility_id, s.room_name, n.night
  HAVING bool_or(s.sign > 0) <> bool_or(s.sign < 0)
), touched AS (
  SELECT facility_id, night, guests, stayed, said, occupied FROM housed
  WHERE stayed <> 0 OR said <> 0 OR guests <> 0
  UNION ALL
  SELECT n.facility_id, n.night, 0, 0, 0, CASE WHEN n.takes THEN 1 ELSE -1 END FROM roomed n
  WHERE EXISTS (SELECT FROM room r WHERE r.facility_id = n.facility_id AND r.name = n.room_name AND
-- include: open_room
  ) AND NOT EXISTS (
    SELECT FROM counted_stay l WHERE l.facility_id = n.facility_id AND l.until > n.night
      AND l.first_night <= n.night AND l.room_name = n.room_name AND l.nights @> n.night
      AND ((l.facility_id, l.stay_id) IN (SELECT facility_id, stay_id FROM changed)) IS NOT TRUE)
), house_deltas AS (
  SELECT
-- include: ward_then
    AS ward_code, n.night, f.kind, sum(n.stayed) AS stayed,
    sum(CASE WHEN
-- include: quiet
      THEN 0 ELSE n.said END) AS said,
    sum(n.occupied) AS occupied,
    coalesce(sum(n.guests) FILTER (WHERE EXISTS (
      SELECT FROM room r WHERE r.facility_id = f.id AND
-- include: open_room
    )), 0) AS known
  FROM touched n JOIN facility f ON f.id = n.facility_id
  WHERE
-- include: active
    AND NOT
-- include: shut
  GROUP BY 1, 2, 3
), houses AS (
  INSERT INTO ward_night AS t (ward_code, night, kind, facilities_stayed, facilities_said,
    rooms_occupied, known_nights)
  SELECT * FROM house_deltas ORDER BY ward_code, night, kind
  ON CONFLICT (ward_code, night, kind) DO UPDATE SET
    facilities_stayed = t.facilities_stayed + excluded.facilities_stayed,
    facilities_said = t.facilities_said + excluded.facilities_said,
    rooms_occupied = t.rooms_occupied + excluded.rooms_occupied,
    known_nights = t.known_nights + excluded.known_nights
), taken_out AS (
  DELETE FROM counted_stay l USING changed
  WHERE changed.gone AND l.facility_id = changed.facility_id AND l.stay_id = changed.stay_id
), put AS (
  INSERT INTO counted_stay SELECT fresh.* FROM fresh
  WHERE ((facility_id, stay_id) IN (SELECT facility_id, stay_id FROM changed)) IS TRUE
  ORDER BY facility_id, stay_id
  ON CONFLICT (facility_id, stay_id) DO UPDATE SET
    person_ref = excluded.person_ref, ward_code = excluded.ward_code,
    former_ward_code = excluded.former_ward_code, ward_since = excluded.ward_since,
    kind = excluded.kind, residence = excluded.residence, reason = excluded.reason,
    tourism = excluded.tourism, foreigner = excluded.foreigner,
    first_night = excluded.first_night, end_night = excluded.end_night, until = excluded.until,
    nights = excluded.nights, overnight = excluded.overnight, hourly = excluded.hourly,
    late = excluded.late, excused = excluded.excused, verified = excluded.verified,
    askable = excluded.askable, room_name = excluded.room_name
)
SELECT DISTINCT facility_id, person_ref FROM signed WHERE overnight;
