-- role: asm_api

-- name: meant
-- The account whose own login was typed, and of those who chose it as a name the ones that this
-- device or, within 30 days, this network is known of; devices first, then in the order in which
-- the name was taken. Of who is not known here none has a place that another could take.
SELECT a.id AS account_id, a.login = :login AS by_login, known.device, known.network
FROM account a CROSS JOIN LATERAL (
  SELECT EXISTS (SELECT FROM known_origin k WHERE k.account_id = a.id
      AND k.kind = 'device' AND k.hash = CAST(:device AS bytea)) AS device,
    EXISTS (SELECT FROM known_origin k WHERE k.account_id = a.id
      AND k.kind = 'network' AND k.hash = CAST(:network AS bytea)
      AND k.last_at > clock_timestamp() - make_interval(days => :days)) AS network
) AS known
WHERE a.disabled_at IS NULL AND (a.login = :login
  OR (a.sign_in_name = :name AND a.role = ANY(CAST(:hosts AS text[]))
    AND (known.device OR known.network)))
ORDER BY by_login DESC, known.device DESC, a.named_at, a.id
LIMIT :most;

-- name: first_named
-- Who took a name first, for the trail.
SELECT a.id FROM account a
WHERE a.sign_in_name = :name AND a.role = ANY(CAST(:hosts AS text[])) AND a.disabled_at IS NULL
ORDER BY a.named_at, a.id LIMIT 1;

-- name: of_name
-- Who has both this name and this password: of several who chose the same two, who is known here,
-- then who took the name first. `shut_out`: whose counter is blocked; `strangers`: whether anybody
-- who is not known here is looked at.
SELECT a.id, a.role, a.language, a.ward_code, a.password_hash
FROM account a
WHERE a.sign_in_name = :name AND a.name_hash = :name_hash
  AND a.role = ANY(CAST(:hosts AS text[])) AND a.disabled_at IS NULL
  AND a.id <> ALL(CAST(:shut_out AS uuid[]))
  AND (:strangers OR a.id = ANY(CAST(:known AS uuid[])))
ORDER BY array_position(CAST(:known AS uuid[]), a.id), a.named_at, a.id
LIMIT 1;

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

-- name: forget_known
-- With a new password whoever had the old one is known no more, wherever they were let in.
DELETE FROM known_origin
WHERE account_id = CAST(:account_id AS uuid) AND hash <> ALL(CAST(:but AS bytea[]));
