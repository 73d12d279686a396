-- role: asm_worker

-- name: without_message
-- Flags that no officer was told of yet. Marked in the statement that finds them: two workers never
-- tell of the same one.
UPDATE flag SET told_at = clock_timestamp() FROM facility
WHERE facility.id = flag.facility_id AND (flag.facility_id, flag.id) IN (
  SELECT facility_id, id FROM flag
  WHERE closed_at IS NULL AND dismissed_at IS NULL AND (told_at IS NULL OR told_at < raised_at)
  ORDER BY raised_at LIMIT :batch)
RETURNING flag.facility_id, flag.id, flag.ward_code, flag.severity, flag.check_id, flag.raised_at,
  facility.name, flag.cause;

-- name: waiting
-- How many cases wait in each ward, by the worst flag of each.
WITH standing AS (
  SELECT flag.ward_code, flag.raised_at,
    CASE flag.severity WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END AS rank, flag.cause
  FROM flag WHERE flag.closed_at IS NULL AND flag.dismissed_at IS NULL
), cases AS (
  SELECT ward_code, cause, min(rank) AS rank, max(raised_at) AS latest
  FROM standing GROUP BY ward_code, cause
)
SELECT ward_code, count(*) AS total, count(*) FILTER (WHERE rank = 0) AS high,
  count(*) FILTER (WHERE rank = 1) AS medium, count(*) FILTER (WHERE rank = 2) AS low,
  count(*) FILTER (WHERE latest > CAST(:now AS timestamptz) - interval '1 day') AS fresh
FROM cases GROUP BY ward_code ORDER BY ward_code;
