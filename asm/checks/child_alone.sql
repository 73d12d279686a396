-- role: asm_worker

-- name: settle
-- Flags for children without company.
-- `child`: the changed children, and those near a changed stay, which may have lost or found their
-- company with it: of the same request, or of a room it is or ever was in.
WITH
-- include: told,
touched AS (
  SELECT DISTINCT told.facility_id, told.first_night, told.party_id, told.room_name
  FROM told
  UNION
  SELECT DISTINCT told.facility_id, least(told.first_night, CAST(CAST(
    version.content ->> 'arrived_at' AS timestamptz) AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date) - 1),
    told.party_id, version.content ->> 'room'
  FROM told
  JOIN stay_version AS version ON version.facility_id = told.facility_id
    AND version.stay_id = told.id
  WHERE told.version > 1
), child AS MATERIALIZED (
  SELECT told.* FROM told WHERE told.age_group = 'child' AND told.voided_at IS NULL
  UNION
  SELECT child.* FROM touched
  JOIN stay AS child ON child.facility_id = touched.facility_id AND child.age_group = 'child'
    AND child.voided_at IS NULL
    AND (child.end_night IS NULL OR child.end_night >= touched.first_night)
    AND (child.party_id = touched.party_id OR child.room_name = touched.room_name)
  WHERE child.arrival_date BETWEEN :near_from AND :near_to
), wanted AS MATERIALIZED (
  SELECT child.facility_id, CAST(child.id AS text) AS subject, child.ward_code, child.id AS stay_id,
    jsonb_build_object('room', child.room_name, 'child_below', CAST(:child_below AS integer),
      'adult_from', CAST(:adult_from AS integer)) AS evidence
  FROM child
  WHERE NOT EXISTS (
    SELECT FROM stay AS adult
    WHERE adult.facility_id = child.facility_id AND adult.voided_at IS NULL
      AND (adult.age_group IS NULL OR adult.age_group = 'adult')
      AND (adult.end_night IS NULL OR adult.end_night >= child.first_night)
      AND adult.arrival_date BETWEEN :near_from AND :near_to
      AND (
        (adult.party_id = child.party_id AND adult.arrival_date = child.arrival_date)
        OR (adult.room_name = child.room_name
          AND adult.first_night <= coalesce(child.end_night, adult.first_night))
      )
  )
), looked_at AS (
  SELECT facility_id, CAST(id AS text) AS subject FROM child
  UNION SELECT facility_id, CAST(id AS text) FROM told
),
-- include: settle_wanted;
