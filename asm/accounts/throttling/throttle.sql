-- role: asm_api

-- name: known_origin
-- The accounts that a name to sign in with may mean, by their own login or by what hosts chose:
-- whether this device or, within 30 days, this network is known of any of them, and one of them.
SELECT (array_agg(a.id ORDER BY a.created_at, a.id))[1] AS account_id,
  coalesce(bool_or(EXISTS (SELECT FROM known_origin k WHERE k.account_id = a.id
    AND k.kind = 'device' AND k.hash = CAST(:device AS bytea))), false) AS device,
  coalesce(bool_or(EXISTS (SELECT FROM known_origin k WHERE k.account_id = a.id
    AND k.kind = 'network' AND k.hash = CAST(:network AS bytea)
    AND k.last_at > clock_timestamp() - make_interval(days => :days))), false) AS network
FROM account a
WHERE a.login = :subject OR a.sign_in_name = :subject;

-- name: blocked_until
-- Until when any of these counters lets nothing through, and the clock. Locks and writes nothing:
-- whoever hammers at a closed door is answered by this alone.
SELECT max(blocked_until) AS blocked_until, clock_timestamp() AS now
FROM tries WHERE key = ANY(CAST(:keys AS bytea[]));

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

-- name: remember_origin
-- The device and the network of a sign-in that succeeded.
INSERT INTO known_origin AS k (account_id, kind, hash)
SELECT CAST(:account_id AS uuid), origin.kind, origin.hash
FROM unnest(CAST(:kinds AS text[]), CAST(:hashes AS bytea[])) AS origin(kind, hash)
ORDER BY origin.kind
ON CONFLICT (account_id, kind, hash) DO UPDATE SET last_at = clock_timestamp();

-- name: forget_origins
-- Of each kind the latest few are enough for anybody.
DELETE FROM known_origin WHERE (account_id, kind, hash) IN (
  SELECT ranked.account_id, ranked.kind, ranked.hash FROM (
    SELECT k.account_id, k.kind, k.hash,
      row_number() OVER (PARTITION BY k.kind ORDER BY k.last_at DESC, k.hash) AS nth
    FROM known_origin k WHERE k.account_id = CAST(:account_id AS uuid)
  ) AS ranked
  WHERE ranked.nth > :most
);
