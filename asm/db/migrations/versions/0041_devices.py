"""Phones that are signed in: their keys, their refresh tokens, and the codes that signed them in.

Who presents the secret of a code or of a refresh token sees that one row (`asm.secret` holds its
hash); devices are their account's. Access tokens are rows of `api_token` that name the device and
its public key, so that whoever looks a token up needs nothing else.
"""

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

ME = "(SELECT nullif(current_setting('asm.actor', true), '')::uuid)"
SECRET = "(SELECT decode(current_setting('asm.secret', true), 'hex'))"  # noqa: S105 -- a setting

# jkt: the thumbprint of the public key (RFC 7638); public_key: its two coordinates, `x.y`.
DEVICES = f"""
CREATE TABLE device (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES account,
  client_id text NOT NULL,
  label text NOT NULL,
  kind text,
  jkt text NOT NULL,
  public_key text NOT NULL,
  binding text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_used_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  end_reason text,
  CHECK (num_nonnulls(ended_at, end_reason) IN (0, 2))
);
CREATE INDEX device_account ON device (account_id);
CREATE INDEX device_expires ON device (expires_at);
CREATE TABLE device_refresh (
  token_hash bytea PRIMARY KEY,
  device_id uuid NOT NULL REFERENCES device ON DELETE CASCADE,
  account_id uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL,
  spent_at timestamptz
);
CREATE INDEX device_refresh_device ON device_refresh (device_id);
CREATE INDEX device_refresh_spent ON device_refresh (spent_at) WHERE spent_at IS NOT NULL;
CREATE TABLE device_code (
  code_hash bytea PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES account,
  client_id text NOT NULL,
  redirect_uri text NOT NULL,
  challenge text NOT NULL,
  jkt text NOT NULL,
  label text NOT NULL,
  kind text,
  expires_at timestamptz NOT NULL,
  spent_at timestamptz,
  device_id uuid
);
CREATE INDEX device_code_expires ON device_code (expires_at);
ALTER TABLE device ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE device_refresh ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE device_code ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY device_mine ON device TO asm_api USING (account_id = {ME});
CREATE POLICY device_owner ON device TO asm_owner USING (true);
CREATE POLICY device_worker ON device TO asm_worker USING (true);
CREATE POLICY device_refresh_held ON device_refresh FOR SELECT TO asm_api
  USING (token_hash = {SECRET});
CREATE POLICY device_refresh_spend ON device_refresh FOR UPDATE TO asm_api
  USING (token_hash = {SECRET} AND account_id = {ME});
CREATE POLICY device_refresh_issue ON device_refresh FOR INSERT TO asm_api
  WITH CHECK (account_id = {ME});
CREATE POLICY device_refresh_worker ON device_refresh TO asm_worker USING (true);
CREATE POLICY device_code_held ON device_code FOR SELECT TO asm_api
  USING (code_hash = {SECRET});
CREATE POLICY device_code_spend ON device_code FOR UPDATE TO asm_api
  USING (code_hash = {SECRET});
CREATE POLICY device_code_issue ON device_code FOR INSERT TO asm_api
  WITH CHECK (account_id = {ME});
CREATE POLICY device_code_worker ON device_code TO asm_worker USING (true);
GRANT SELECT, INSERT ON device, device_refresh, device_code TO asm_api;
GRANT UPDATE (last_used_at, expires_at) ON device TO asm_api;
GRANT UPDATE (spent_at) ON device_refresh TO asm_api;
GRANT UPDATE (spent_at, device_id) ON device_code TO asm_api;
GRANT SELECT (id, expires_at, ended_at), DELETE ON device TO asm_worker;
GRANT SELECT (token_hash, expires_at, spent_at), DELETE ON device_refresh TO asm_worker;
GRANT SELECT (code_hash, expires_at), DELETE ON device_code TO asm_worker;
"""
TOKENS = """
ALTER TABLE api_token ADD COLUMN device_id uuid;
ALTER TABLE api_token ADD COLUMN device_jkt text;
ALTER TABLE api_token ADD COLUMN device_key text;
ALTER TABLE api_token ADD CONSTRAINT api_token_device_check
  CHECK (num_nonnulls(device_id, device_jkt, device_key) IN (0, 3)) NOT VALID;
GRANT SELECT (device_id) ON api_token TO asm_worker;
"""
# Who proved by a code that an account is theirs ends its devices, too, and is not in its scope.
# `which`: this one alone; `but`: all except this one.
END = """
CREATE FUNCTION end_devices(whose uuid, which uuid, but uuid, reason text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  ended uuid[];
BEGIN
  WITH done AS (
    UPDATE device d SET ended_at = clock_timestamp(), end_reason = reason
    WHERE d.account_id = whose AND d.ended_at IS NULL
      AND (which IS NULL OR d.id = which) AND (but IS NULL OR d.id <> but)
    RETURNING d.id
  )
  SELECT pg_catalog.array_agg(done.id) INTO ended FROM done;
  UPDATE api_token t SET revoked_at = clock_timestamp()
  WHERE t.account_id = whose AND t.device_id = ANY (ended) AND t.revoked_at IS NULL;
  RETURN coalesce(pg_catalog.cardinality(ended), 0);
END $$;
REVOKE ALL ON FUNCTION end_devices(uuid, uuid, uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION end_devices(uuid, uuid, uuid, text) TO asm_api;
"""


def upgrade() -> None:
    op.execute(DEVICES)
    op.execute(TOKENS)
    op.execute(END)


def downgrade() -> None:
    """Phones sign in anew; their access tokens must open nothing as plain ones."""
    op.execute("DROP FUNCTION end_devices(uuid, uuid, uuid, text)")
    op.execute("DELETE FROM api_token WHERE device_id IS NOT NULL")
    op.execute("REVOKE SELECT (device_id) ON api_token FROM asm_worker")
    op.execute(
        "ALTER TABLE api_token DROP COLUMN device_key, DROP COLUMN device_jkt, "
        "DROP COLUMN device_id"
    )
    op.execute("DROP TABLE device_code, device_refresh, device")
