-- role: asm_keeper

-- name: lock_people
-- Locks whoever has a stay that will move, in the order of asm.db.locks: declarations and changes
-- lock people before they write their stays.
SELECT p.ref FROM vault.person p
WHERE (p.facility_id, p.ref) IN (
  SELECT s.facility_id, s.person_ref
  FROM facility_ward_past past JOIN facility f ON f.id = past.facility_id
  JOIN stay s ON s.facility_id = f.id
  WHERE past.event_id = :event AND f.ward_since = past.valid_to AND s.ward_code <> f.ward_code
    AND (s.end_night IS NULL OR s.end_night > f.ward_since OR s.first_night >= f.ward_since)
)
ORDER BY p.facility_id, p.ref FOR NO KEY UPDATE OF p;

-- name: move_stays
-- Moves the running stays of facilities that an event moved to the ward after, with all that says
-- their ward.
WITH found AS (
  SELECT s.facility_id, s.id, s.arrival_date, f.ward_code AS after, f.ward_since AS day,
    CASE WHEN s.first_night < f.ward_since THEN s.ward_code END AS former
  FROM facility_ward_past p JOIN facility f ON f.id = p.facility_id
  JOIN stay s ON s.facility_id = f.id
  WHERE p.event_id = :event AND f.ward_since = p.valid_to AND s.ward_code <> f.ward_code
    AND (s.end_night IS NULL OR s.end_night > f.ward_since OR s.first_night >= f.ward_since)
), moved AS (
  UPDATE stay s SET ward_code = found.after, former_ward_code = found.former,
    ward_since = CASE WHEN found.former IS NOT NULL THEN found.day END
  FROM found
  WHERE s.facility_id = found.facility_id AND s.id = found.id
    AND s.arrival_date = found.arrival_date
  RETURNING s.facility_id, s.id, s.person_ref, s.ward_code
), versions AS (
  UPDATE stay_version v SET ward_code = moved.ward_code FROM moved
  WHERE v.facility_id = moved.facility_id AND v.stay_id = moved.id
  RETURNING v.facility_id, v.guest_record_id, v.ward_code
), records AS (
  UPDATE vault.guest_record g SET ward_code = versions.ward_code FROM versions
  WHERE g.facility_id = versions.facility_id AND g.id = versions.guest_record_id
), people AS (
  UPDATE vault.person p SET ward_code = moved.ward_code FROM moved
  WHERE p.facility_id = moved.facility_id AND p.ref = moved.person_ref
), checks AS (
  UPDATE identity_check c SET ward_code = moved.ward_code FROM moved
  WHERE c.facility_id = moved.facility_id AND c.stay_id = moved.id
), excuses AS (
  UPDATE stay_excuse e SET ward_code = moved.ward_code FROM moved
  WHERE e.facility_id = moved.facility_id AND e.stay_id = moved.id
), told AS (
  -- Whoever keeps totals counts the nights from then on for the ward after.
  INSERT INTO outbox (facility_id, id, topic, payload)
  SELECT facility_id, gen_random_uuid(), CAST(:topic AS text), jsonb_build_object('stay_id', id)
  FROM moved
), flags AS (
  UPDATE flag SET ward_code = moved.ward_code FROM moved
  WHERE flag.facility_id = moved.facility_id AND flag.stay_id = moved.id
)
SELECT count(*) FROM moved;

-- name: move_quiet_nights
-- "No guests" that was said for the day of an event or later is the new ward's.
UPDATE quiet_night q SET ward_code = f.ward_code
FROM facility_ward_past p JOIN facility f ON f.id = p.facility_id
WHERE p.event_id = :event AND f.ward_since = p.valid_to AND q.facility_id = f.id
  AND q.night >= f.ward_since AND q.ward_code <> f.ward_code;
