-- role: asm_worker

-- name: settle
-- Flags for nights with more guests than beds, in the houses of the changed stays.
-- `span`: the nights that the changed stays cover, and the nights of flags that stand, which a
-- corrected arrival may have left behind. `inside`: who is there in that time, found by when they
-- leave; a stay without an end counts for as long as a stay may last. One row a house: nights meet
-- the guests of their own house alone, where the planner, which takes all of this for a row or two,
-- would compare every guest of every house with every night of every other.
WITH
-- include: told,
own AS (
  SELECT facility_id, min(first_night) AS first_night,
    max(coalesce(end_night, first_night + 1)) AS end_night
  FROM told GROUP BY facility_id
), standing AS (
  SELECT flag.facility_id, CAST(flag.subject AS date) AS night
  FROM own JOIN flag USING (facility_id)
  WHERE flag.check_id = CAST(:check AS text) AND flag.closed_at IS NULL
    AND flag.subject >= CAST(CAST(:near_from AS date) AS text)
), span AS (
  SELECT own.facility_id, least(own.first_night, min(standing.night)) AS first_night,
    greatest(own.end_night, max(standing.night) + 1) AS end_night
  FROM own LEFT JOIN standing USING (facility_id)
  WHERE EXISTS (SELECT FROM room WHERE room.facility_id = own.facility_id)
  GROUP BY own.facility_id, own.first_night, own.end_night
), inside AS MATERIALIZED (
  SELECT stay.facility_id, array_agg(stay.room_name) AS rooms, array_agg(stay.person_ref) AS people,
    array_agg(datemultirange(daterange(stay.first_night, here.until)) - here.elsewhere) AS nights
  FROM span
  JOIN stay ON stay.facility_id = span.facility_id AND stay.voided_at IS NULL
    AND (stay.end_night > span.first_night OR stay.end_night IS NULL)
    AND stay.first_night < span.end_night AND stay.age_group IS DISTINCT FROM 'child'
  -- Where the version before wrote last, the first night elsewhere stands for all that follow.
  CROSS JOIN LATERAL (
    SELECT coalesce(stay.end_night, stay.first_night + CAST(:open_days AS integer)) AS until,
      CASE WHEN stay.superseded_from IS NULL THEN CAST('{}' AS datemultirange)
        WHEN lower(stay.nights_elsewhere) = stay.superseded_from THEN stay.nights_elsewhere
        ELSE datemultirange(daterange(stay.superseded_from, NULL)) END AS elsewhere
  ) here
  WHERE stay.arrival_date BETWEEN :near_from AND :near_to
  GROUP BY stay.facility_id
), night AS MATERIALIZED (
  SELECT DISTINCT inside.facility_id, lower(part.span) AS night
  FROM inside JOIN own ON own.facility_id = inside.facility_id
  CROSS JOIN LATERAL unnest(inside.nights) AS guest (nights)
  CROSS JOIN LATERAL unnest(guest.nights) AS part (span)
  WHERE lower(part.span) >= own.first_night AND lower(part.span) < own.end_night
  UNION SELECT facility_id, night FROM standing
), slept AS MATERIALIZED (
  SELECT night.facility_id, night.night, guest.room_name, count(DISTINCT guest.person_ref) AS guests
  FROM night JOIN inside ON inside.facility_id = night.facility_id
  CROSS JOIN LATERAL unnest(inside.rooms, inside.people, inside.nights)
    AS guest (room_name, person_ref, nights)
  WHERE guest.nights @> night.night
  GROUP BY night.facility_id, night.night, guest.room_name
), house AS MATERIALIZED (
  SELECT facility_id, night, sum(guests) AS guests FROM slept GROUP BY facility_id, night
), beds AS MATERIALIZED (
  SELECT night.facility_id, night.night, sum(room.beds) AS beds
  FROM night JOIN room ON room.facility_id = night.facility_id
    AND room.opened_on <= night.night AND (room.closed_on IS NULL OR room.closed_on > night.night)
  GROUP BY night.facility_id, night.night
), over AS (
  SELECT slept.facility_id, slept.night, slept.room_name, slept.guests, room.beds,
    row_number() OVER (PARTITION BY slept.facility_id, slept.night
      ORDER BY slept.guests - room.beds DESC, slept.room_name) AS place
  FROM slept JOIN room ON room.facility_id = slept.facility_id AND room.name = slept.room_name
    AND slept.guests > room.beds
), listed AS MATERIALIZED (
  SELECT facility_id, night, count(*) AS rooms_over,
    jsonb_agg(jsonb_build_object('room', room_name, 'guests', guests, 'beds', beds) ORDER BY place)
      FILTER (WHERE place <= CAST(:rooms_shown AS integer)) AS rooms
  FROM over GROUP BY facility_id, night
), wanted AS MATERIALIZED (
  SELECT house.facility_id, CAST(house.night AS text) AS subject, facility.ward_code,
    CAST(NULL AS uuid) AS stay_id,
    jsonb_build_object('night', house.night, 'guests', house.guests, 'beds', beds.beds,
      'rooms_over', coalesce(listed.rooms_over, 0),
      'rooms', coalesce(listed.rooms, CAST('[]' AS jsonb))) AS evidence
  FROM house
  JOIN beds USING (facility_id, night)
  JOIN facility ON facility.id = house.facility_id
  LEFT JOIN listed USING (facility_id, night)
  WHERE house.guests > beds.beds OR listed.rooms_over > 0
), looked_at AS (
  SELECT facility_id, CAST(night AS text) AS subject FROM night
  UNION SELECT facility_id, CAST(night AS text) FROM standing
),
-- include: settle_wanted;
