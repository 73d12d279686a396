"""Looking a person up: the password once more, who looked at whom, and what the person sees.

What opens the way to a person are functions of the owner's, and none of the tables behind them can
be written by a web process. They take the session's secret (its SHA-256) instead of believing who
asks, count the budget, and write the look-up down; and what answers wants the look-up *committed*
(`pg_xact_status`): who asks, reads and rolls back has been answered nothing.
"""

from pathlib import Path

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

# Only `step_up_session` says that somebody stepped up: neither by a change of a session nor by a
# new one does a web process.
STEP_UP = """
ALTER TABLE web_session ADD COLUMN stepped_up_at timestamptz;
REVOKE INSERT ON web_session FROM asm_api;
GRANT INSERT (token_hash, account_id, created_at, last_seen_at, expires_at, id, device, ward_code)
  ON web_session TO asm_api;
CREATE TABLE step_up_proof (
  account_id uuid PRIMARY KEY REFERENCES account,
  of_password bytea NOT NULL,
  salt bytea NOT NULL CHECK (octet_length(salt) = 16),
  verifier bytea NOT NULL,
  kept_at timestamptz NOT NULL
);
CREATE TABLE step_up (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  account_id uuid NOT NULL REFERENCES account,
  session_hash bytea NOT NULL,
  at timestamptz NOT NULL,
  proven boolean NOT NULL,
  first boolean NOT NULL
);
CREATE INDEX step_up_account ON step_up (account_id, at);
CREATE INDEX step_up_first ON step_up (at) WHERE first;
"""
TABLES = """
CREATE TABLE break_glass (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES account,
  role text NOT NULL,
  ward_code text,
  province_code text NOT NULL,
  area_ward_code text,
  area_province_code text NOT NULL,
  reason text NOT NULL,
  case_number text NOT NULL,
  opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ends_at timestamptz NOT NULL,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  reviewed_at timestamptz,
  reviewed_by uuid,
  justified boolean,
  review_note text,
  CHECK (num_nonnulls(reviewed_at, reviewed_by, justified, review_note) IN (0, 4)),
  CHECK (reviewed_by <> account_id)
);
CREATE INDEX break_glass_account ON break_glass (account_id, opened_at);
CREATE INDEX break_glass_open ON break_glass (opened_at) WHERE reviewed_at IS NULL;
CREATE TABLE look_up (
  id uuid PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  account_id uuid NOT NULL REFERENCES account,
  role text NOT NULL,
  ward_code text,
  province_code text NOT NULL,
  glass_id uuid REFERENCES break_glass,
  reason text NOT NULL,
  note text NOT NULL,
  case_number text NOT NULL,
  index_a bytea,
  index_b bytea,
  person_code text NOT NULL
    GENERATED ALWAYS AS (encode(substring(coalesce(index_a, index_b) FROM 1 FOR 4), 'hex')) STORED,
  key_id text NOT NULL,
  sealed bytea NOT NULL,
  answered_at timestamptz,
  shown integer NOT NULL DEFAULT 0,
  CHECK (num_nonnulls(index_a, index_b) > 0)
);
CREATE INDEX look_up_account ON look_up (account_id, at);
CREATE INDEX look_up_province ON look_up (province_code, at);
CREATE INDEX look_up_index_a ON look_up (index_a) WHERE index_a IS NOT NULL;
CREATE INDEX look_up_index_b ON look_up (index_b) WHERE index_b IS NOT NULL;
CREATE TABLE look_up_officer (
  account_id uuid PRIMARY KEY REFERENCES account,
  locked_until timestamptz
);
CREATE TABLE look_up_alarm (
  account_id uuid NOT NULL REFERENCES account,
  cause text NOT NULL CHECK (cause IN ('many_people', 'budget', 'first_proof')),
  day date NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  province_code text NOT NULL,
  look_ups integer NOT NULL,
  people integer NOT NULL,
  PRIMARY KEY (account_id, cause, day)
);
CREATE TABLE citizen_session (
  token_hash bytea PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('receipt', 'identity')),
  index_a bytea,
  index_b bytea,
  facility_id uuid,
  stay_id uuid,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL DEFAULT clock_timestamp() + interval '15 minutes',
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  CHECK (num_nonnulls(index_a, index_b) > 0),
  CHECK ((kind = 'receipt') = (num_nonnulls(facility_id, stay_id) = 2))
);
CREATE INDEX citizen_session_started ON citizen_session (started_at);
CREATE TABLE citizen_opening (
  id uuid PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  index_a bytea,
  index_b bytea,
  person_code text NOT NULL
    GENERATED ALWAYS AS (encode(substring(coalesce(index_a, index_b) FROM 1 FOR 4), 'hex')) STORED,
  key_id text NOT NULL,
  sealed bytea NOT NULL,
  CHECK (num_nonnulls(index_a, index_b) > 0)
);
CREATE INDEX citizen_opening_at ON citizen_opening (at);
CREATE INDEX citizen_opening_index_a ON citizen_opening (index_a, at) WHERE index_a IS NOT NULL;
CREATE INDEX citizen_opening_index_b ON citizen_opening (index_b, at) WHERE index_b IS NOT NULL;
CREATE TABLE citizen_alarm (
  day date PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  openings integer NOT NULL
);
CREATE TABLE citizen_dispute (
  facility_id uuid NOT NULL,
  stay_id uuid NOT NULL,
  ward_code text NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (facility_id, stay_id)
);
CREATE INDEX citizen_dispute_ward ON citizen_dispute (ward_code, at);
"""
SECURED = (
    "break_glass", "look_up", "look_up_officer", "look_up_alarm", "citizen_session",
    "citizen_dispute", "citizen_opening", "citizen_alarm", "step_up_proof", "step_up",
)  # fmt: skip
# A supervisor is the provincial officer: of the officer's province, and for a broken glass also of
# the one that was looked into. Nobody sees a look-up's hash but the functions; nobody writes one.
MINE = "account_id::text = (SELECT current_setting('asm.actor', true))"
SUPERVISED = (
    "(SELECT current_setting('asm.role', true)) = 'provincial_officer' "
    "AND province_code = (SELECT current_setting('asm.province', true))"
)
GLASS = (
    "(SELECT current_setting('asm.role', true)) = 'provincial_officer' "
    "AND (SELECT current_setting('asm.province', true)) IN (province_code, area_province_code)"
)
POLICIES = f"""
CREATE POLICY look_up_own ON look_up FOR SELECT TO asm_api USING ({MINE});
CREATE POLICY look_up_supervised ON look_up FOR SELECT TO asm_api USING ({SUPERVISED});
CREATE POLICY look_up_keeper ON look_up TO asm_keeper USING (true);
GRANT SELECT (id, at, account_id, role, ward_code, province_code, glass_id, reason, note,
  case_number, person_code, key_id, sealed, answered_at, shown) ON look_up TO asm_api;
GRANT SELECT, UPDATE (index_a, index_b, key_id, sealed) ON look_up TO asm_keeper;
CREATE POLICY citizen_opening_keeper ON citizen_opening TO asm_keeper USING (true);
GRANT SELECT (id, index_a, index_b, key_id, sealed),
  UPDATE (index_a, index_b, key_id, sealed) ON citizen_opening TO asm_keeper;
CREATE POLICY citizen_alarm_worker ON citizen_alarm FOR SELECT TO asm_worker USING (true);
GRANT SELECT ON citizen_alarm TO asm_worker;
CREATE POLICY look_up_alarm_supervised ON look_up_alarm FOR SELECT TO asm_api
  USING ({SUPERVISED});
CREATE POLICY look_up_alarm_worker ON look_up_alarm FOR SELECT TO asm_worker USING (true);
GRANT SELECT ON look_up_alarm TO asm_api, asm_worker;
CREATE POLICY break_glass_own ON break_glass FOR SELECT TO asm_api USING ({MINE});
CREATE POLICY break_glass_supervised ON break_glass FOR SELECT TO asm_api USING ({GLASS});
CREATE POLICY break_glass_review ON break_glass FOR UPDATE TO asm_api
  USING ({GLASS} AND NOT {MINE} AND reviewed_at IS NULL)
  WITH CHECK (reviewed_by::text = (SELECT current_setting('asm.actor', true))
    AND reviewed_at BETWEEN clock_timestamp() - interval '10 minutes' AND clock_timestamp());
CREATE POLICY break_glass_worker ON break_glass FOR SELECT TO asm_worker USING (true);
GRANT SELECT ON break_glass TO asm_api, asm_worker;
GRANT UPDATE (reviewed_at, reviewed_by, justified, review_note) ON break_glass TO asm_api;
CREATE POLICY citizen_dispute_ward ON citizen_dispute FOR SELECT TO asm_api
  USING (ward_code = (SELECT current_setting('asm.ward', true)));
CREATE POLICY citizen_dispute_worker ON citizen_dispute FOR SELECT TO asm_worker USING (true);
GRANT SELECT ON citizen_dispute TO asm_api, asm_worker;
GRANT SELECT (display_name, province_code) ON account TO asm_worker;
"""
OWNERS = "".join(
    f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;\n"
    f"CREATE POLICY {table}_owner ON {table} TO asm_owner USING (true);\n"
    for table in SECURED
)
# What the functions read and write besides.
BESIDES = """
CREATE POLICY stay_looked_up ON stay FOR SELECT TO asm_owner USING (true);
CREATE POLICY person_looked_up ON vault.person FOR SELECT TO asm_owner USING (true);
CREATE POLICY guest_record_looked_up ON vault.guest_record FOR SELECT TO asm_owner USING (true);
CREATE POLICY stay_version_looked_up ON stay_version FOR SELECT TO asm_owner USING (true);
CREATE POLICY audit_looked_up ON audit_entry FOR SELECT TO asm_owner
  USING (actor_role IN ('ward_officer', 'provincial_officer'));
CREATE POLICY audit_of_look_ups ON audit_entry FOR INSERT TO asm_owner
  WITH CHECK (action IN ('person.looked_up', 'glass.broken', 'citizen.signed_in',
    'citizen.disputed', 'account.proof_kept'));
CREATE POLICY outbox_of_look_ups ON outbox FOR INSERT TO asm_owner
  WITH CHECK (topic IN ('look_up.alarm', 'look_up.glass', 'stay.disputed',
    'citizen.alarm'));
"""
NOT_BESIDES = """
DROP POLICY stay_looked_up ON stay;
DROP POLICY person_looked_up ON vault.person;
DROP POLICY guest_record_looked_up ON vault.guest_record;
DROP POLICY stay_version_looked_up ON stay_version;
DROP POLICY audit_looked_up ON audit_entry;
DROP POLICY audit_of_look_ups ON audit_entry;
DROP POLICY outbox_of_look_ups ON outbox;
"""
# What officers opened, by the record: hosts' own readings, far more, are no look-ups of anybody's.
OPENED = """
CREATE INDEX CONCURRENTLY IF NOT EXISTS audit_entry_opened ON audit_entry
  USING gin ((details -> 'records'))
  WHERE actor_role IN ('ward_officer', 'provincial_officer') AND details ? 'records'
"""
GRANTED = (
    "open_look_up(bytea, jsonb)",
    "answer_look_up(bytea, uuid)",
    "open_break_glass(bytea, jsonb)",
    "open_citizen_by_receipt(bytea, bytea, bytea, text)",
    "open_citizen_by_identity(bytea, jsonb)",
    "close_citizen(bytea)",
    "citizen_of(bytea)",
    "citizen_stays(bytea)",
    "citizen_look_ups(bytea, jsonb, integer, integer)",
    "citizen_openings(bytea, integer)",
    "citizen_disputes(bytea, uuid, uuid)",
    "step_up_salt(bytea)",
    "step_up_session(bytea, bytea, bytea)",
)
INNER = (
    "looking_officer(bytea)",
    "raise_look_up_alarm(uuid, text, text)",
    "own_stays(bytea)",
    "is_one_person(bytea, bytea)",
)


def upgrade() -> None:
    op.execute(STEP_UP)
    op.execute(TABLES)
    op.execute(OWNERS)
    op.execute(POLICIES)
    op.execute(BESIDES)
    for name in ("look_ups", "step_up", "citizens"):
        functions = Path(__file__).with_name(f"0036_{name}.psql").read_text("utf-8")
        op.get_bind().exec_driver_sql(functions.replace("%", "%%"))
    for function in (*INNER, *GRANTED):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
    for function in GRANTED:
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO asm_api")
    with op.get_context().autocommit_block():
        op.execute(OPENED)


def downgrade() -> None:
    op.execute("DROP INDEX audit_entry_opened")
    for function in (*reversed(GRANTED), *reversed(INNER)):
        op.execute(f"DROP FUNCTION {function}")
    op.execute(NOT_BESIDES)
    op.execute("REVOKE SELECT (display_name, province_code) ON account FROM asm_worker")
    for table in reversed(SECURED):
        op.execute(f"DROP TABLE {table} CASCADE")
    op.execute("ALTER TABLE web_session DROP COLUMN stepped_up_at")
    op.execute("GRANT INSERT ON web_session TO asm_api")
