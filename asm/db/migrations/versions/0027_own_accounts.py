"""What people do with their own account: sign up, see and end their sessions and tokens, close it.

`sign_in_name` is what a host typed to sign in with: a phone number or a name. It need not be
unique: name and password together tell accounts apart, so that no answer has to say whether
somebody uses a name. `name_hash` is a hash of both, whose salt is made of the name and of
`sign_in_salt`, the chance of this installation.
"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

ACCOUNTS = """
ALTER TABLE account ADD COLUMN sign_in_name text;
ALTER TABLE account ADD COLUMN name_hash text;
ALTER TABLE account ADD COLUMN named_at timestamptz;
ALTER TABLE account ADD CONSTRAINT account_name_check
  CHECK (num_nonnulls(sign_in_name, name_hash, named_at) IN (0, 3));
ALTER TABLE account ADD COLUMN terms_version text;
ALTER TABLE account ADD COLUMN terms_accepted_at timestamptz;
ALTER TABLE account ADD COLUMN closed_at timestamptz;
CREATE INDEX account_sign_in_name ON account (sign_in_name, name_hash)
  WHERE sign_in_name IS NOT NULL;
CREATE TABLE sign_in_salt (salt bytea NOT NULL);
INSERT INTO sign_in_salt SELECT uuid_send(gen_random_uuid());
GRANT SELECT ON sign_in_salt TO asm_api;
GRANT UPDATE (sign_in_name, name_hash, named_at, closed_at, terms_version, terms_accepted_at)
  ON account TO asm_api;
"""
# Codes for a new password go to addresses that were added with the password alone. Those of before
# were added when no code went anywhere, and count; code of the version before adds none that do.
CONTACTS = """
ALTER TABLE contact ADD COLUMN for_codes boolean NOT NULL DEFAULT true;
ALTER TABLE contact ALTER COLUMN for_codes SET DEFAULT false;
GRANT DELETE ON contact TO asm_api;
"""
# A session is named by an id where people see it: the hash of its secret stays where it is.
SESSIONS = """
ALTER TABLE web_session ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid();
ALTER TABLE web_session ADD COLUMN device text;
CREATE UNIQUE INDEX web_session_id ON web_session (id);
ALTER TABLE api_token ADD COLUMN last_used_at timestamptz;
GRANT UPDATE (last_used_at) ON api_token TO asm_api;
"""
# One form makes one account, however often it is sent.
SIGN_UPS = """
CREATE TABLE sign_up (
  key uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES account DEFERRABLE INITIALLY DEFERRED,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT, INSERT ON sign_up TO asm_api;
"""
# Somebody changed their password: the worker tells them. About oneself alone.
MESSAGES = """
CREATE POLICY outbox_password ON outbox FOR INSERT TO asm_api
  WITH CHECK (topic = 'account.password_changed'
    AND facility_id = '00000000-0000-0000-0000-000000000000'
    AND payload ->> 'account_id' = (SELECT current_setting('asm.actor', true)));
"""


def upgrade() -> None:
    op.execute(ACCOUNTS)
    op.execute(CONTACTS)
    op.execute(SESSIONS)
    op.execute(SIGN_UPS)
    op.execute(MESSAGES)


def downgrade() -> None:
    op.execute("DROP POLICY outbox_password ON outbox")
    op.execute("REVOKE DELETE ON contact FROM asm_api")
    op.execute("ALTER TABLE contact DROP COLUMN for_codes")
    op.execute("DROP TABLE sign_up")
    op.execute("ALTER TABLE api_token DROP COLUMN last_used_at")
    op.execute("ALTER TABLE web_session DROP COLUMN device, DROP COLUMN id")
    op.execute(
        "ALTER TABLE account DROP COLUMN closed_at, DROP COLUMN terms_accepted_at, "
        "DROP COLUMN terms_version, DROP COLUMN named_at, DROP COLUMN name_hash, "
        "DROP COLUMN sign_in_name"
    )
    op.execute("DROP TABLE sign_in_salt")
