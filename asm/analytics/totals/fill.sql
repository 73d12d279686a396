-- role: asm_worker

-- name: days_to_fill
-- Days of arrival with stays that the totals do not know.
SELECT DISTINCT s.arrival_date FROM stay s
WHERE s.voided_at IS NULL AND NOT EXISTS (
  SELECT FROM counted_stay l WHERE l.facility_id = s.facility_id AND l.stay_id = s.id)
ORDER BY s.arrival_date;

-- name: fill_day
-- Adds the stays that began on :day and that the totals do not know, and writes the ledger.
WITH wanted AS (
  SELECT s.* FROM stay s
  WHERE s.voided_at IS NULL AND s.arrival_date = :day AND NOT EXISTS (
    SELECT FROM counted_stay l WHERE l.facility_id = s.facility_id AND l.stay_id = s.id)
), fresh AS MATERIALIZED (
-- include: facts
), signed AS (
  SELECT 1 AS sign, fresh.* FROM fresh
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
), put AS (
  INSERT INTO counted_stay SELECT * FROM fresh
)
SELECT count(*) FROM fresh;

-- name: first_night_of_houses
-- The first night of which anything is known, but not before :earliest; :last where nothing is.
SELECT greatest(CAST(:earliest AS date), coalesce(least(
  (SELECT min(first_night) FROM counted_stay),
  (SELECT min(date(coalesce(decided_at, registered_at) AT TIME ZONE 'Asia/Ho_Chi_Minh'
    - interval '8 hours')) FROM facility WHERE status IN ('active', 'closed'))), CAST(:last AS date)));

-- name: count_elsewhere
-- Lets the check of one person write night by night what the version before kept as one day.
INSERT INTO outbox (facility_id, id, topic, payload)
SELECT facility_id, gen_random_uuid(), CAST(:topic AS text),
  jsonb_build_object('stay_id', id, 'version', version)
FROM stay WHERE superseded_from IS NOT NULL AND nights_elsewhere IS NULL AND voided_at IS NULL;
