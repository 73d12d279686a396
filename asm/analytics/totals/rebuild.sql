-- role: asm_worker

-- fragment: raw
-- The stays that are not void and may add anything to the nights from :since to :last.
SELECT s.* FROM stay s
WHERE s.voided_at IS NULL AND s.first_night <= :last
  AND s.arrival_date BETWEEN CAST(:since AS date) - 31 AND CAST(:last AS date) + 1
  AND coalesce(s.end_night, s.first_night + 400) >= :since
UNION ALL
SELECT s.* FROM stay s
WHERE s.voided_at IS NULL AND s.arrival_date < CAST(:since AS date) - 31
  AND coalesce(s.end_night, s.first_night + 400) >= :since

-- fragment: stale
-- Stays whose ledger row is not what they say, by the nights from :since to :last.
stale AS (
  SELECT facility_id, stay_id, coalesce(fresh.ward_code, kept.ward_code) AS ward_code,
    coalesce(fresh.first_night, kept.first_night) AS night,
    coalesce(fresh.kind, kept.kind) AS kind, kept.facility_id IS NULL AS missing
  FROM fresh FULL JOIN kept USING (facility_id, stay_id)
  WHERE (fresh.*) IS DISTINCT FROM (kept.*)
)

-- name: stale_stays
-- For rebuilding: which stays must be counted anew first.
WITH wanted AS (
-- include: raw
), fresh AS (
-- include: facts
), kept AS (
-- include: touching
),
-- include: stale
SELECT facility_id, stay_id FROM stale;

-- name: clear_nights
-- What is kept of the nights :since to :last.
DELETE FROM night_total WHERE night BETWEEN :since AND :last;

-- name: clear_origins
-- Where who slept on these nights lives.
DELETE FROM origin_night WHERE night BETWEEN :since AND :last;

-- name: clear_months
-- The months of these nights.
DELETE FROM origin_month
WHERE month BETWEEN date_trunc('month', CAST(:since AS date)) AND CAST(:last AS date);

-- name: count_nights
-- Writes the nights :since to :last, of which nothing is kept, from the ledger.
WITH near AS (
-- include: touching
), signed AS (
  SELECT 1 AS sign, near.* FROM near
),
-- include: spread,
night_counts AS (
-- include: night_counts
), nights AS (
-- include: add_nights
), origins AS (
-- include: origin_counts
)
-- include: add_origins
;

-- name: count_months
-- Writes the months of the nights :since to :last, of which nothing is kept, from their nights.
WITH origins AS (
  SELECT o.ward_code, o.night, o.kind, o.residence, o.reason, o.tourism, o.arrivals, o.guest_nights
  FROM origin_night o
  WHERE o.night >= date_trunc('month', CAST(:since AS date))
    AND o.night < date_trunc('month', CAST(:last AS date)) + interval '1 month'
), month_counts AS (
-- include: month_counts
)
-- include: add_months
;
