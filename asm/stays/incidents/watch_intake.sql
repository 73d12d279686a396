-- role: asm_worker

-- name: spells
-- The times in which full queues refused declarations, and which of them are over.
-- Of all processes together: a row belongs to the time before it unless all was quiet in between.
-- What a clock that was set back has not reached yet waits.
WITH marked AS (
  SELECT first_at, last_at, first_at - max(last_at) OVER before > :quiet AS fresh
  FROM intake_refusal WHERE last_at <= coalesce(:now, clock_timestamp())
  WINDOW before AS (ORDER BY first_at, last_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), numbered AS (
  SELECT first_at, last_at,
    count(*) FILTER (WHERE fresh) OVER (ORDER BY first_at, last_at) AS spell
  FROM marked
)
SELECT min(first_at) AS first_at, max(last_at) AS last_at,
  max(last_at) < coalesce(:now, clock_timestamp()) - CAST(:quiet AS interval) AS over
FROM numbered GROUP BY spell ORDER BY spell;
