"""Tries that are counted, where accounts are known from, credentials for software, and logins in
one form.
"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

# Unlogged: a crash of the server forgets who tried what, and no try costs a write to the log.
# Keys are keyed hashes: neither a login nor an address stands here.
THROTTLE = """
CREATE UNLOGGED TABLE tries (
  key bytea PRIMARY KEY,
  empty_at timestamptz NOT NULL,
  blocked_until timestamptz
);
CREATE INDEX tries_empty ON tries (empty_at);
CREATE TABLE known_origin (
  account_id uuid NOT NULL REFERENCES account,
  kind text NOT NULL CHECK (kind IN ('device', 'network')),
  hash bytea NOT NULL,
  last_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (account_id, kind, hash)
);
CREATE INDEX known_origin_last ON known_origin (last_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON tries TO asm_api;
GRANT SELECT, INSERT, DELETE ON known_origin TO asm_api;
GRANT UPDATE (last_at) ON known_origin TO asm_api;
GRANT SELECT, DELETE ON tries, known_origin TO asm_worker;
"""

MINE = (
    "facility_id = ANY "
    "((SELECT string_to_array(current_setting('asm.facilities', true), ',')::uuid[])::uuid[])"
)

# A client is an account of its own, of the role hotel_system: its login is the client_id, and it
# has no password. Of a secret only the SHA-256 stands here (it is 256 random bits).
CLIENTS = f"""
CREATE TABLE software_client (
  facility_id uuid NOT NULL REFERENCES facility,
  account_id uuid NOT NULL REFERENCES account,
  label text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_by uuid NOT NULL,
  revoked_at timestamptz,
  PRIMARY KEY (facility_id, account_id)
);
CREATE TABLE software_secret (
  facility_id uuid NOT NULL,
  id uuid NOT NULL,
  account_id uuid NOT NULL,
  secret_hash bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_by uuid NOT NULL,
  last_used_at timestamptz,
  ended_at timestamptz,
  PRIMARY KEY (facility_id, id),
  FOREIGN KEY (facility_id, account_id) REFERENCES software_client
);
CREATE INDEX software_secret_client ON software_secret (facility_id, account_id);
ALTER TABLE software_client ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE software_secret ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY software_client_members ON software_client TO asm_api USING ({MINE});
CREATE POLICY software_secret_members ON software_secret TO asm_api USING ({MINE});
GRANT SELECT, INSERT ON software_client, software_secret TO asm_api;
GRANT UPDATE (revoked_at) ON software_client TO asm_api;
GRANT UPDATE (last_used_at, ended_at) ON software_secret TO asm_api;

ALTER TABLE api_token ADD COLUMN software_secret_id uuid;
GRANT SELECT (token_hash, expires_at, software_secret_id), DELETE ON api_token TO asm_worker;
"""

# A letter and its marks may be one sign or several; logins are looked up as one. Two that would
# become the same stay as they are: their people get another login.
LOGINS = """
UPDATE account SET login = normalize(login, NFC)
WHERE login IS NOT NFC NORMALIZED AND NOT EXISTS (
  SELECT FROM account AS other
  WHERE other.id <> account.id AND normalize(other.login, NFC) = normalize(account.login, NFC)
);
"""


def upgrade() -> None:
    op.execute(THROTTLE)
    op.execute(CLIENTS)
    op.execute(LOGINS)


def downgrade() -> None:
    """Clients stay as accounts that nobody can sign in with, logins as they have become."""
    op.execute(
        "REVOKE SELECT (token_hash, expires_at, software_secret_id), DELETE ON api_token "
        "FROM asm_worker"
    )
    op.execute("ALTER TABLE api_token DROP COLUMN software_secret_id")
    op.execute("DROP TABLE software_secret, software_client")
    op.execute("DROP TABLE known_origin, tries")
