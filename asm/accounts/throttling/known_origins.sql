-- role: asm_api

-- name: meant
-- The accounts that a name to sign in with may mean: an own login first, then hosts who chose it,
-- the oldest first; and whether this device or, within 30 days, this network is known of each.
SELECT a.id AS account_id, a.login = :login AS by_login,
  EXISTS (SELECT FROM known_origin k WHERE k.account_id = a.id
    AND k.kind = 'device' AND k.hash = CAST(:device AS bytea)) AS device,
  EXISTS (SELECT FROM known_origin k WHERE k.account_id = a.id
    AND k.kind = 'network' AND k.hash = CAST(:network AS bytea)
    AND k.last_at > clock_timestamp() - make_interval(days => :days)) AS network
FROM account a
WHERE (a.login = :login OR (a.sign_in_name = :name AND a.role = ANY(CAST(:hosts AS text[]))))
  AND a.disabled_at IS NULL
ORDER BY by_login DESC, a.created_at, a.id
LIMIT :most;

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
