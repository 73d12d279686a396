-- role: asm_api

-- name: enter
-- Opens the row-level scope of one facility to an officer who declares for it, if the database finds
-- that the account is, now, an officer of the ward that the facility is in, and works there in this
-- transaction. Role, ward and actor stay: policies let an officer write nothing that is not marked.
WITH allowed AS MATERIALIZED (
  SELECT facility.id FROM facility
  JOIN account ON account.id = CAST(nullif(current_setting('asm.actor', true), '') AS uuid)
    AND account.role = 'ward_officer' AND account.disabled_at IS NULL
  WHERE facility.id = CAST(:facility AS uuid)
    AND facility.ward_code = current_setting('asm.ward', true)
    AND (account.ward_code = facility.ward_code OR EXISTS (
      SELECT FROM officer_ward WHERE officer_ward.account_id = account.id
        AND officer_ward.ward_code = facility.ward_code))
)
SELECT EXISTS (SELECT FROM allowed) AS is_allowed,
  ARRAY(SELECT name FROM unnest(ARRAY['fsync', 'full_page_writes', 'synchronous_commit']) AS name
    WHERE current_setting(name) = 'off') AS loose,
  set_config('asm.facilities', coalesce((SELECT CAST(id AS text) FROM allowed), ''), true);
