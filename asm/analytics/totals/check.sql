-- role: asm_worker

-- name: compare_ledger
-- Stays that are not in the totals as they are, but for those that the outbox still has to tell of.
WITH wanted AS (
-- include: raw
), fresh AS (
-- include: facts
), kept AS (
-- include: touching
),
-- include: stale,
told AS (
  SELECT facility_id, payload ->> 'stay_id' AS stay_id FROM outbox
  WHERE topic = ANY(CAST(:topics AS text[])) AND dead_at IS NULL
)
SELECT 'counted_stay' AS what, stale.night, stale.ward_code, stale.kind, 'stays' AS measure,
  count(*) FILTER (WHERE NOT missing) AS kept, count(*) AS counted
FROM stale
WHERE NOT EXISTS (SELECT FROM told
  WHERE told.facility_id = stale.facility_id AND told.stay_id = CAST(stale.stay_id AS text))
GROUP BY stale.night, stale.ward_code, stale.kind;

-- fragment: differing
-- `kept` and `counted` as rows of JSON by `cell`: each number that is not the same in both.
differing AS (
  SELECT coalesce(k.cell, c.cell) AS cell, coalesce(k.counts, CAST('{}' AS jsonb)) AS kept,
    coalesce(c.counts, CAST('{}' AS jsonb)) AS counted
  FROM kept k FULL JOIN counted c ON c.cell = k.cell WHERE k.counts IS DISTINCT FROM c.counts
), numbers AS (
  SELECT d.cell, m.measure, coalesce(CAST(d.kept ->> m.measure AS bigint), 0) AS kept,
    coalesce(CAST(d.counted ->> m.measure AS bigint), 0) AS counted
  FROM differing d CROSS JOIN LATERAL jsonb_object_keys(d.kept || d.counted) AS m (measure)
)

-- name: compare_nights
-- night_total against the ledger.
WITH near AS (
-- include: touching
), signed AS (
  SELECT 1 AS sign, near.* FROM near
),
-- include: spread,
night_counts AS (
-- include: night_counts
), counted AS (
  SELECT jsonb_build_object('night', night, 'ward', ward_code, 'kind', kind, 'tourism', tourism)
    AS cell, to_jsonb(n) - CAST('{night,ward_code,kind,tourism}' AS text[]) AS counts
  FROM night_counts n
), kept AS (
  SELECT jsonb_build_object('night', night, 'ward', ward_code, 'kind', kind, 'tourism', tourism)
    AS cell, to_jsonb(t) - CAST('{night,ward_code,kind,tourism}' AS text[]) AS counts
  FROM night_total t WHERE t.night BETWEEN :since AND :last
),
-- include: differing
SELECT 'night_total' AS what, CAST(cell ->> 'night' AS date) AS night, cell ->> 'ward' AS ward_code,
  cell ->> 'kind' AS kind, measure, kept, counted
FROM numbers WHERE kept <> counted;

-- name: compare_origins
-- origin_night against the ledger.
WITH near AS (
-- include: touching
), signed AS (
  SELECT 1 AS sign, near.* FROM near
),
-- include: spread,
origins AS (
-- include: origin_counts
), counted AS (
  SELECT to_jsonb(o) - CAST('{arrivals,guest_nights}' AS text[]) AS cell,
    jsonb_build_object('arrivals', arrivals, 'guest_nights', guest_nights) AS counts
  FROM origins o
), kept AS (
  SELECT to_jsonb(t) - CAST('{arrivals,guest_nights}' AS text[]) AS cell,
    jsonb_build_object('arrivals', arrivals, 'guest_nights', guest_nights) AS counts
  FROM origin_night t WHERE t.night BETWEEN :since AND :last
),
-- include: differing
SELECT 'origin_night' AS what, CAST(cell ->> 'night' AS date) AS night,
  cell ->> 'ward_code' AS ward_code, cell ->> 'kind' AS kind, measure, kept, counted
FROM numbers WHERE kept <> counted;

-- name: compare_months
-- origin_month against origin_night, for the months of the nights; `ward_code` is a province's.
WITH origins AS (
  SELECT o.ward_code, o.night, o.kind, o.residence, o.reason, o.tourism, o.arrivals, o.guest_nights
  FROM origin_night o
  WHERE o.night >= date_trunc('month', CAST(:since AS date))
    AND o.night < date_trunc('month', CAST(:last AS date)) + interval '1 month'
), month_counts AS (
-- include: month_counts
), counted AS (
  SELECT to_jsonb(m) - CAST('{arrivals,guest_nights}' AS text[]) AS cell,
    jsonb_build_object('arrivals', arrivals, 'guest_nights', guest_nights) AS counts
  FROM month_counts m
), kept AS (
  SELECT to_jsonb(t) - CAST('{arrivals,guest_nights}' AS text[]) AS cell,
    jsonb_build_object('arrivals', arrivals, 'guest_nights', guest_nights) AS counts
  FROM origin_month t
  WHERE t.month BETWEEN date_trunc('month', CAST(:since AS date)) AND CAST(:last AS date)
),
-- include: differing
SELECT 'origin_month' AS what, CAST(cell ->> 'month' AS date) AS night,
  cell ->> 'province_code' AS ward_code, cell ->> 'kind' AS kind, measure, kept, counted
FROM numbers WHERE kept <> counted;

-- fragment: wrong_revisits
SELECT 'counted_stay' AS what, j.first_night AS night,
  CASE WHEN j.first_night < j.ward_since THEN j.former_ward_code ELSE j.ward_code END AS ward_code,
  j.kind, 'revisits' AS measure, count(*) FILTER (WHERE j.revisit) AS kept,
  count(*) FILTER (WHERE j.again) AS counted
FROM judged j
WHERE j.again <> j.revisit AND j.first_night BETWEEN :since AND :last
GROUP BY 2, 3, j.kind

-- name: compare_revisits_by_a
-- Who came again, worked out anew of everybody who arrived on these nights.
WITH near AS (
  SELECT DISTINCT p.facility_id, p.ref, p.index_a AS document
  FROM counted_stay s
  JOIN vault.person p ON p.facility_id = s.facility_id AND p.ref = s.person_ref
  WHERE s.first_night BETWEEN :since AND :last
), met AS (
  SELECT DISTINCT document FROM near WHERE document IS NOT NULL
), mate AS (
  SELECT met.document AS person, s.facility_id, s.stay_id
  FROM met JOIN vault.person p ON p.index_a = met.document
  JOIN counted_stay s ON s.facility_id = p.facility_id AND s.person_ref = p.ref
  UNION ALL
  SELECT uuid_send(near.ref), s.facility_id, s.stay_id
  FROM near JOIN counted_stay s ON s.facility_id = near.facility_id AND s.person_ref = near.ref
  WHERE near.document IS NULL
),
-- include: came_again
-- include: wrong_revisits
;

-- name: compare_revisits_by_b
-- The same by the second slot.
WITH near AS (
  SELECT DISTINCT p.facility_id, p.ref, p.index_b AS document
  FROM counted_stay s
  JOIN vault.person p ON p.facility_id = s.facility_id AND p.ref = s.person_ref
  WHERE s.first_night BETWEEN :since AND :last
), met AS (
  SELECT DISTINCT document FROM near WHERE document IS NOT NULL
), mate AS (
  SELECT met.document AS person, s.facility_id, s.stay_id
  FROM met JOIN vault.person p ON p.index_b = met.document
  JOIN counted_stay s ON s.facility_id = p.facility_id AND s.person_ref = p.ref
  UNION ALL
  SELECT uuid_send(near.ref), s.facility_id, s.stay_id
  FROM near JOIN counted_stay s ON s.facility_id = near.facility_id AND s.person_ref = near.ref
  WHERE near.document IS NULL
),
-- include: came_again
-- include: wrong_revisits
;

-- name: compare_houses
-- ward_night against facilities, rooms, the ledger and "no guests", but for wards with a change that
-- the outbox still has to tell of.
WITH near AS MATERIALIZED (
  SELECT f.id AS facility_id, n.night
  FROM facility f
  CROSS JOIN (SELECT CAST(:since AS date) + step AS night
    FROM generate_series(0, CAST(:last AS date) - CAST(:since AS date)) AS step) n
  WHERE f.status IN ('active', 'closed')
), present AS MATERIALIZED (
-- include: touching
),
-- include: house_counts,
counted AS (
  SELECT jsonb_build_object('night', night, 'ward', ward_code, 'kind', kind) AS cell,
    to_jsonb(h) - CAST('{night,ward_code,kind}' AS text[]) AS counts
  FROM house_counts h
), kept AS (
  SELECT jsonb_build_object('night', night, 'ward', ward_code, 'kind', kind) AS cell,
    to_jsonb(t) - CAST('{night,ward_code,kind}' AS text[]) AS counts
  FROM ward_night t WHERE t.night BETWEEN :since AND :last
), told AS (
  SELECT f.ward_code FROM outbox o JOIN facility f ON f.id = o.facility_id
  WHERE o.topic = ANY(CAST(:topics AS text[])) AND o.dead_at IS NULL
  UNION
  SELECT p.ward_code FROM outbox o JOIN facility_ward_past p ON p.facility_id = o.facility_id
  WHERE o.topic = ANY(CAST(:topics AS text[])) AND o.dead_at IS NULL
),
-- include: differing
SELECT 'ward_night' AS what, CAST(cell ->> 'night' AS date) AS night, cell ->> 'ward' AS ward_code,
  cell ->> 'kind' AS kind, measure, kept, counted
FROM numbers
WHERE kept <> counted AND cell ->> 'ward' NOT IN (SELECT ward_code FROM told);
