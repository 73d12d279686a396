-- role: asm_api

-- name: blocked
-- Which of these counters let nothing through, until when, and the clock. Locks and writes nothing:
-- whoever hammers at a closed door is answered by this alone.
SELECT key, blocked_until, clock_timestamp() AS now
FROM tries WHERE key = ANY(CAST(:keys AS bytea[])) AND blocked_until > clock_timestamp();

-- name: lock_counts
-- The counters, made where they are missing and held in the order of their keys, so that tries at
-- the same moment are counted one after the other and never wait for each other in a circle. The
-- clock is that of after the wait.
INSERT INTO tries AS t (key, empty_at)
SELECT wanted.key, clock_timestamp()
FROM unnest(CAST(:keys AS bytea[])) AS wanted(key)
ORDER BY wanted.key
ON CONFLICT (key) DO UPDATE SET empty_at = t.empty_at
RETURNING t.key, t.empty_at, t.blocked_until, clock_timestamp() AS now;

-- name: write_counts
-- What the counters have come to.
UPDATE tries SET empty_at = new.empty_at, blocked_until = new.blocked_until
FROM unnest(CAST(:keys AS bytea[]), CAST(:empty_at AS timestamptz[]),
  CAST(:blocked_until AS timestamptz[])) AS new(key, empty_at, blocked_until)
WHERE tries.key = new.key;

-- name: forget_counts
-- Counters of who turned out right.
DELETE FROM tries WHERE key = ANY(CAST(:keys AS bytea[]));
