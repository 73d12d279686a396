-- role: asm_api

-- name: enter
-- Which of these accounts may act for these facilities now; opens the row-level scope of those.
-- What the policies let this transaction touch is what the database itself finds to be theirs, in
-- the same statement: nothing that a process remembers can widen it.
WITH judged AS MATERIALIZED (
  SELECT asked.n, asked.facility_id,
    a.id IS NOT NULL AND (asked.token_hash IS NULL
      OR coalesce(t.revoked_at IS NULL AND t.expires_at > clock_timestamp(), false)) AS signed_in,
    t.device_id IS NOT NULL AND t.revoked_at IS NOT NULL AS device_ended,
    m.account_id IS NOT NULL AND a.role = ANY(CAST(:roles AS text[])) AS member
  FROM unnest(CAST(:accounts AS uuid[]), CAST(:facilities AS uuid[]), CAST(:tokens AS bytea[]))
    WITH ORDINALITY AS asked(account_id, facility_id, token_hash, n)
  LEFT JOIN account a ON a.id = asked.account_id AND a.disabled_at IS NULL
  LEFT JOIN api_token t ON t.token_hash = asked.token_hash AND t.account_id = asked.account_id
  LEFT JOIN membership m
    ON m.facility_id = asked.facility_id AND m.account_id = asked.account_id
)
SELECT clock_timestamp() AS now,
  ARRAY(SELECT name FROM unnest(ARRAY['fsync', 'full_page_writes', 'synchronous_commit']) AS name
    WHERE current_setting(name) = 'off') AS loose,
  ARRAY(SELECT signed_in FROM judged ORDER BY n) AS signed_in,
  ARRAY(SELECT device_ended FROM judged ORDER BY n) AS device_ended,
  ARRAY(SELECT member FROM judged ORDER BY n) AS member,
  set_config('asm.facilities', coalesce(
    (SELECT string_agg(DISTINCT facility_id::text, ',') FROM judged WHERE signed_in AND member),
    ''), true),
  set_config('asm.actor', '', true), set_config('asm.role', '', true),
  set_config('asm.ward', '', true), set_config('asm.province', '', true);
