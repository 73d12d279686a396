"""Other ways in than a password: passkeys, the challenges that were answered, and identities at the
provider that the deployment names.

Who presents a passkey, or comes back from the provider, sees that one row (`asm.secret` holds its
hash); else they are their account's. A challenge is made without being stored: what is kept is
that it was answered.
"""

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

ME = "(SELECT nullif(current_setting('asm.actor', true), '')::uuid)"
SECRET = "(SELECT decode(current_setting('asm.secret', true), 'hex'))"  # noqa: S105 -- a setting

# rp_id: the host that it was made for (WebAuthn's relying party); blocked_at: since when it signs
# nobody in, its counter having gone back.
PASSKEYS = f"""
CREATE TABLE passkey (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES account,
  credential_hash bytea NOT NULL UNIQUE,
  credential_id bytea NOT NULL,
  rp_id text NOT NULL,
  public_key bytea NOT NULL,
  sign_count bigint NOT NULL,
  backed_up boolean NOT NULL,
  label text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_used_at timestamptz,
  blocked_at timestamptz
);
CREATE INDEX passkey_account ON passkey (account_id);
CREATE TABLE passkey_answered (
  challenge_hash bytea PRIMARY KEY,
  expires_at timestamptz NOT NULL
);
CREATE INDEX passkey_answered_expires ON passkey_answered (expires_at);
ALTER TABLE passkey ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY passkey_mine ON passkey TO asm_api USING (account_id = {ME});
CREATE POLICY passkey_presented ON passkey FOR SELECT TO asm_api
  USING (credential_hash = {SECRET});
CREATE POLICY passkey_owner ON passkey TO asm_owner USING (true);
GRANT SELECT, INSERT, DELETE ON passkey TO asm_api;
GRANT UPDATE (label, sign_count, backed_up, last_used_at, blocked_at) ON passkey TO asm_api;
GRANT SELECT, INSERT ON passkey_answered TO asm_api;
GRANT SELECT, DELETE ON passkey_answered TO asm_worker;
"""
# identity_hash: of issuer and subject, keyed.
IDENTITIES = f"""
CREATE TABLE account_identity (
  identity_hash bytea PRIMARY KEY,
  account_id uuid NOT NULL UNIQUE REFERENCES account,
  linked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_used_at timestamptz
);
ALTER TABLE account_identity ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY account_identity_mine ON account_identity TO asm_api USING (account_id = {ME});
CREATE POLICY account_identity_presented ON account_identity FOR SELECT TO asm_api
  USING (identity_hash = {SECRET});
CREATE POLICY account_identity_owner ON account_identity TO asm_owner USING (true);
GRANT SELECT, INSERT, DELETE ON account_identity TO asm_api;
GRANT UPDATE (last_used_at) ON account_identity TO asm_api;
"""
# Who proved by a code that an account is theirs takes its passkeys and its
# identity away, and is not in its scope.
END = """
CREATE FUNCTION end_other_ways(whose uuid) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH gone AS (
    DELETE FROM passkey p WHERE p.account_id = whose RETURNING p.account_id
  ), unlinked AS (
    DELETE FROM account_identity i WHERE i.account_id = whose RETURNING i.account_id
  ), ended AS (
    SELECT gone.account_id FROM gone UNION ALL SELECT unlinked.account_id FROM unlinked
  )
  SELECT pg_catalog.count(*)::integer FROM ended
$$;
REVOKE ALL ON FUNCTION end_other_ways(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION end_other_ways(uuid) TO asm_api;
"""


def upgrade() -> None:
    op.execute(PASSKEYS)
    op.execute(IDENTITIES)
    op.execute(END)


def downgrade() -> None:
    """Everybody signs in with the password."""
    op.execute("DROP FUNCTION end_other_ways(uuid)")
    op.execute("DROP TABLE account_identity, passkey_answered, passkey")
