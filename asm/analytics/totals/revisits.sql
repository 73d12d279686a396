-- role: asm_worker

-- fragment: came_again
-- Says of each arrival of `mate` (person, facility_id, stay_id of all stays of some people) whether
-- its person was registered within a year before, and for no stay the night before. Which of two
-- stays a night counts for does not matter here: it counts for one of them.
times AS (
  SELECT m.person, s.facility_id, s.stay_id, s.first_night, s.revisit, s.overnight, s.ward_code,
    s.former_ward_code, s.ward_since, s.kind, s.tourism,
    max(s.until) FILTER (WHERE s.overnight) OVER (PARTITION BY m.person ORDER BY s.first_night
      RANGE BETWEEN UNBOUNDED PRECEDING AND interval '1 day' PRECEDING) AS ended
  FROM mate m JOIN counted_stay s USING (facility_id, stay_id)
), judged AS (
  SELECT t.*, coalesce(t.overnight AND t.ended < t.first_night
    AND t.ended >= t.first_night - 365, false) AS again
  FROM times t
)

-- fragment: settle
-- Writes that into the ledger and the totals.
-- include: came_again,
turned AS (
  UPDATE counted_stay s SET revisit = j.again FROM judged j
  WHERE j.again <> j.revisit AND s.facility_id = j.facility_id AND s.stay_id = j.stay_id
  RETURNING j.again, j.kind, j.tourism, j.first_night AS night,
    CASE WHEN j.first_night < j.ward_since THEN j.former_ward_code ELSE j.ward_code END AS ward_code
), revisit_counts AS (
  SELECT ward_code, night, kind, tourism, sum(CASE WHEN again THEN 1 ELSE -1 END) AS revisits
  FROM turned WHERE night <= :last GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
)
INSERT INTO night_total AS t (ward_code, night, kind, tourism, revisits)
SELECT * FROM revisit_counts
ON CONFLICT (ward_code, night, kind, tourism) DO UPDATE SET
  revisits = t.revisits + excluded.revisits

-- name: revisits_by_a
-- Re-visits of the people of some stays, by the first slot of the index key. Who can be told by
-- neither number nor name and birth date is met once, also where it was said before who that is.
WITH told AS (
  SELECT DISTINCT facility_id, person_ref
  FROM unnest(CAST(:facilities AS uuid[]), CAST(:people AS uuid[])) AS t (facility_id, person_ref)
), met AS (
  SELECT DISTINCT p.index_a AS document
  FROM told JOIN vault.person p ON p.facility_id = told.facility_id AND p.ref = told.person_ref
  WHERE p.index_a IS NOT NULL
), mate AS (
  SELECT met.document AS person, s.facility_id, s.stay_id
  FROM met JOIN vault.person p ON p.index_a = met.document
  JOIN counted_stay s ON s.facility_id = p.facility_id AND s.person_ref = p.ref
  UNION ALL
  SELECT uuid_send(p.ref), s.facility_id, s.stay_id
  FROM told JOIN vault.person p ON p.facility_id = told.facility_id AND p.ref = told.person_ref
  JOIN counted_stay s ON s.facility_id = p.facility_id AND s.person_ref = p.ref
  WHERE p.index_a IS NULL
),
-- include: settle
;

-- name: revisits_by_b
-- The same by the second slot.
WITH told AS (
  SELECT DISTINCT facility_id, person_ref
  FROM unnest(CAST(:facilities AS uuid[]), CAST(:people AS uuid[])) AS t (facility_id, person_ref)
), met AS (
  SELECT DISTINCT p.index_b AS document
  FROM told JOIN vault.person p ON p.facility_id = told.facility_id AND p.ref = told.person_ref
  WHERE p.index_b IS NOT NULL
), mate AS (
  SELECT met.document AS person, s.facility_id, s.stay_id
  FROM met JOIN vault.person p ON p.index_b = met.document
  JOIN counted_stay s ON s.facility_id = p.facility_id AND s.person_ref = p.ref
  UNION ALL
  SELECT uuid_send(p.ref), s.facility_id, s.stay_id
  FROM told JOIN vault.person p ON p.facility_id = told.facility_id AND p.ref = told.person_ref
  JOIN counted_stay s ON s.facility_id = p.facility_id AND s.person_ref = p.ref
  WHERE p.index_b IS NULL
),
-- include: settle
;

-- name: all_revisits_by_a
-- Re-visits of everybody in slice :slice of :slices, by the first slot.
WITH mate AS (
  SELECT p.index_a AS person, s.facility_id, s.stay_id
  FROM vault.person p
  JOIN counted_stay s ON s.facility_id = p.facility_id AND s.person_ref = p.ref
  WHERE p.index_a IS NOT NULL AND get_byte(p.index_a, 0) % :slices = :slice
),
-- include: settle
;

-- name: all_revisits_by_b
-- The same by the second slot.
WITH mate AS (
  SELECT p.index_b AS person, s.facility_id, s.stay_id
  FROM vault.person p
  JOIN counted_stay s ON s.facility_id = p.facility_id AND s.person_ref = p.ref
  WHERE p.index_b IS NOT NULL AND get_byte(p.index_b, 0) % :slices = :slice
),
-- include: settle
;
