"""Provinces, wards with their boundaries, accounts and their sessions."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

AREAS = """
CREATE TABLE province (
  code text PRIMARY KEY,
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('city', 'province')),
  folded text NOT NULL,
  valid_from date NOT NULL,
  valid_to date
);
CREATE TABLE ward (
  code text PRIMARY KEY,
  province_code text NOT NULL REFERENCES province,
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('xa', 'phuong', 'dac_khu')),
  folded text NOT NULL,
  centre geometry(Point, 4326) NOT NULL,
  boundary geometry(MultiPolygon, 4326),
  boundary_source text,
  boundary_approximate boolean NOT NULL DEFAULT true,
  valid_from date NOT NULL,
  valid_to date
);
CREATE INDEX ward_province ON ward (province_code);
CREATE INDEX ward_boundary ON ward USING gist (boundary);
CREATE TABLE boundary_load (
  id uuid PRIMARY KEY,
  loaded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  source text NOT NULL,
  sha256 text NOT NULL,
  features integer NOT NULL
);
GRANT SELECT ON province, ward, boundary_load TO asm_api, asm_worker;
"""

ACCOUNTS = """
CREATE TABLE account (
  id uuid PRIMARY KEY,
  login text NOT NULL UNIQUE CHECK (login = lower(login)),
  display_name text NOT NULL,
  password_hash text NOT NULL,
  role text NOT NULL CHECK (role IN ('receptionist', 'landlord', 'hospital_clerk',
    'hotel_system', 'ward_officer', 'administrator')),
  ward_code text REFERENCES ward,
  language text NOT NULL DEFAULT 'vi' CHECK (language IN ('vi', 'en')),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  disabled_at timestamptz,
  CHECK ((role = 'ward_officer') = (ward_code IS NOT NULL))
);
CREATE TABLE web_session (
  token_hash bytea PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES account,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX web_session_account ON web_session (account_id);
CREATE TABLE api_token (
  token_hash bytea PRIMARY KEY,
  id uuid NOT NULL UNIQUE,
  account_id uuid NOT NULL REFERENCES account,
  label text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz
);
CREATE INDEX api_token_account ON api_token (account_id);
GRANT SELECT, INSERT ON account TO asm_api;
GRANT UPDATE (password_hash, language, display_name, disabled_at) ON account TO asm_api;
GRANT SELECT, INSERT, DELETE ON web_session TO asm_api;
GRANT UPDATE (last_seen_at) ON web_session TO asm_api;
GRANT SELECT, INSERT ON api_token TO asm_api;
GRANT UPDATE (revoked_at) ON api_token TO asm_api;
GRANT SELECT (id, role, ward_code, language) ON account TO asm_worker;
GRANT SELECT (token_hash, expires_at), DELETE ON web_session TO asm_worker;
"""


def upgrade() -> None:
    op.execute(AREAS)
    op.execute(ACCOUNTS)


def downgrade() -> None:
    op.execute("DROP TABLE api_token, web_session, account, boundary_load, ward, province")
