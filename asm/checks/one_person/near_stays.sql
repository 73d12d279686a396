-- role: asm_worker

-- fragment: known
-- All live stays of every person that a changed stay was ever declared for, so that an amended
-- document settles the stays of the person it named before, too; and the changed stays themselves
-- when they are void or have no document. After `person_by` and `guest_by`, which say in which slot
-- people are looked for: as plain columns of their tables, so that indexes are found.
changed AS (
  SELECT facility_id, stay_id, arrival_date
  FROM unnest(CAST(:facilities AS uuid[]), CAST(:stays AS uuid[]), CAST(:arrivals AS date[]))
    AS told (facility_id, stay_id, arrival_date)
), person AS (
  SELECT DISTINCT known.document AS person
  FROM changed
  JOIN stay_version AS version USING (facility_id, stay_id)
  JOIN guest_by AS told
    ON told.facility_id = version.facility_id AND told.id = version.guest_record_id
  JOIN person_by AS known
    ON known.facility_id = told.facility_id AND known.ref = told.person_ref
  WHERE known.document IS NOT NULL
), near AS (
  SELECT stay.*, person.person, told.name
  FROM person
  JOIN person_by AS known ON known.document = person.person
  JOIN stay ON stay.facility_id = known.facility_id AND stay.person_ref = known.ref
  JOIN guest_by AS told
    ON told.facility_id = stay.facility_id AND told.id = stay.guest_record_id
  WHERE stay.voided_at IS NULL AND stay.arrival_date BETWEEN :since AND :until
  UNION ALL
  SELECT stay.*, known.document, NULL
  FROM changed
  JOIN stay ON stay.facility_id = changed.facility_id AND stay.id = changed.stay_id
    AND stay.arrival_date = changed.arrival_date
  LEFT JOIN person_by AS known
    ON known.facility_id = stay.facility_id AND known.ref = stay.person_ref
  WHERE (stay.voided_at IS NOT NULL OR known.document IS NULL)
    AND stay.arrival_date BETWEEN :first_arrival AND :last_arrival
)
SELECT facility_id, id, arrival_date, ward_code, version, person, name, arrived_at, received_at,
  planned_departure_at, departed_at, first_night, end_night, superseded_from,
  CAST(nights_elsewhere AS text) AS nights_elsewhere, voided_at IS NOT NULL AS voided,
  via = 'assisted' AS assisted
FROM near

-- name: known_by_a
-- The stays of the same people, by the first slot of the index key.
WITH person_by AS NOT MATERIALIZED (
  SELECT facility_id, ref, index_a AS document FROM vault.person
), guest_by AS NOT MATERIALIZED (
  SELECT facility_id, id, person_ref, name_a AS name FROM vault.guest_record
),
-- include: known;

-- name: known_by_b
-- The stays of the same people, by the second slot of the index key.
WITH person_by AS NOT MATERIALIZED (
  SELECT facility_id, ref, index_b AS document FROM vault.person
), guest_by AS NOT MATERIALIZED (
  SELECT facility_id, id, person_ref, name_b AS name FROM vault.guest_record
),
-- include: known;
