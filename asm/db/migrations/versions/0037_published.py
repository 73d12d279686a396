"""Published releases, counts at gates, and views of the totals for other tools."""

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

# A release and its files are written once by the worker and read by everybody. What may change of
# one is that it was withdrawn. The hash of the counts stays with the worker: small counts could be
# guessed from it.
RELEASES = """
CREATE TABLE release (
  id text PRIMARY KEY CHECK (id ~ '^[0-9]{4}-W[0-9]{2}\\.[0-9]{1,3}$'),
  monday date NOT NULL CHECK (extract(isodow FROM monday) = 1),
  vintage smallint NOT NULL CHECK (vintage > 0),
  published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  counts_hash text NOT NULL,
  revised_cells integer NOT NULL DEFAULT 0 CHECK (revised_cells >= 0),
  withdrawn_at timestamptz,
  withdrawn_reason text,
  UNIQUE (monday, vintage),
  CHECK ((withdrawn_at IS NULL) = (withdrawn_reason IS NULL))
);
CREATE TABLE release_file (
  release_id text NOT NULL REFERENCES release,
  name text NOT NULL,
  media_type text NOT NULL,
  sha256 text NOT NULL CHECK (sha256 = encode(sha256(content), 'hex')),
  content bytea NOT NULL,
  PRIMARY KEY (release_id, name)
);
CREATE TABLE catalogue_file (
  name text PRIMARY KEY,
  media_type text NOT NULL,
  sha256 text NOT NULL CHECK (sha256 = encode(sha256(content), 'hex')),
  content bytea NOT NULL
);
ALTER TABLE release ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE release_file ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY release_all ON release FOR SELECT TO asm_api USING (true);
CREATE POLICY release_file_all ON release_file FOR SELECT TO asm_api USING (true);
ALTER TABLE catalogue_file ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY catalogue_file_all ON catalogue_file FOR SELECT TO asm_api USING (true);
CREATE POLICY catalogue_file_worker ON catalogue_file TO asm_worker USING (true);
CREATE POLICY release_worker ON release TO asm_worker USING (true);
CREATE POLICY release_file_worker ON release_file TO asm_worker USING (true);
GRANT SELECT (id, monday, vintage, published_at, revised_cells, withdrawn_at, withdrawn_reason)
  ON release TO asm_api;
GRANT SELECT ON release_file, catalogue_file TO asm_api;
GRANT SELECT, INSERT, DELETE ON catalogue_file TO asm_worker;
GRANT SELECT, INSERT ON release, release_file TO asm_worker;
GRANT UPDATE (withdrawn_at, withdrawn_reason) ON release TO asm_worker;
"""

# Numbers at a gate: no person stands in any row. Whoever has the gate's secret says which gate in
# asm.gate; officers see the gates of their area, the administrator all. The provincial officer
# keeps those of the province: what has ended stays so, and the ward of a gate is not theirs to set.
GATES = """
CREATE TABLE gate (
  id uuid PRIMARY KEY,
  ward_code text NOT NULL REFERENCES ward,
  label text NOT NULL CHECK (length(label) BETWEEN 2 AND 80),
  kind text NOT NULL CHECK (kind IN ('ticket_gate', 'camera', 'other')),
  secret_hash bytea NOT NULL CHECK (length(secret_hash) = 32),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_by uuid,
  ended_at timestamptz
);
CREATE INDEX gate_ward ON gate (ward_code);
CREATE TABLE gate_count (
  gate_id uuid NOT NULL REFERENCES gate,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL CHECK (ends_at >= starts_at + interval '1 minute'),
  came_in integer NOT NULL CHECK (came_in >= 0),
  went_out integer NOT NULL CHECK (went_out >= 0),
  version integer NOT NULL DEFAULT 1,
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (gate_id, starts_at)
);
CREATE INDEX gate_count_time ON gate_count (starts_at);
"""
GATE = "(SELECT current_setting('asm.gate', true))"
WARD = "(SELECT current_setting('asm.ward', true))"
PROVINCE = "(SELECT current_setting('asm.province', true))"
ROLE = "(SELECT current_setting('asm.role', true))"
OF_PROVINCE = f"ward_code = ANY (ARRAY(SELECT code FROM ward WHERE province_code = {PROVINCE}))"
SEEN = f"(ward_code = {WARD} OR {OF_PROVINCE} OR {ROLE} IN ('ministry_officer', 'administrator'))"
KEEPS = f"{ROLE} = 'provincial_officer' AND {OF_PROVINCE}"
GATE_POLICIES = f"""
ALTER TABLE gate ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE gate_count ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY gate_worker ON gate TO asm_worker USING (true);
CREATE POLICY gate_count_worker ON gate_count TO asm_worker USING (true);
CREATE POLICY gate_seen ON gate FOR SELECT TO asm_api USING {SEEN};
CREATE POLICY gate_added ON gate FOR INSERT TO asm_api WITH CHECK (
  {KEEPS} AND created_by::text = (SELECT current_setting('asm.actor', true)));
CREATE POLICY gate_kept ON gate FOR UPDATE TO asm_api
  USING ({KEEPS} AND ended_at IS NULL) WITH CHECK (true);
CREATE POLICY gate_itself ON gate FOR SELECT TO asm_api USING (id::text = {GATE});
CREATE POLICY gate_count_seen ON gate_count FOR SELECT TO asm_api
  USING (gate_id = ANY (ARRAY(SELECT id FROM gate)));
CREATE POLICY gate_count_itself ON gate_count TO asm_api USING (gate_id::text = {GATE});
GRANT SELECT, INSERT (id, ward_code, label, kind, secret_hash, created_by),
  UPDATE (ended_at, secret_hash) ON gate TO asm_api;
GRANT SELECT, INSERT ON gate_count TO asm_api;
GRANT UPDATE (came_in, went_out, version, received_at) ON gate_count TO asm_api;
GRANT SELECT, INSERT ON gate TO asm_worker;
GRANT UPDATE (ended_at, secret_hash) ON gate TO asm_worker;
GRANT SELECT ON gate_count TO asm_worker;
"""


# For tools of others, which a login called asm_stat reads: an operator who wants one makes it and
# gives it these rights (docs/figures-for-tools.md). The views run with the rights of who asks.
STAT_POLICY = """
CREATE POLICY {table}_stat ON {table} FOR SELECT USING (current_user = 'asm_stat')
"""
STAT_TABLES = ("night_total", "ward_night", "origin_night")
VIEWS = """
CREATE VIEW stat_nights WITH (security_invoker, security_barrier) AS
SELECT t.night, t.ward_code, w.name AS ward_name, w.province_code, t.kind, t.tourism,
  t.arrivals::float8 AS arrivals, t.foreign_arrivals::float8 AS foreign_arrivals,
  t.departures::float8 AS departures, t.guest_nights::float8 AS guest_nights,
  t.foreign_nights::float8 AS foreign_nights, t.same_day::float8 AS same_day,
  t.hourly::float8 AS hourly, t.declared::float8 AS declared, t.late::float8 AS late,
  t.late_excused::float8 AS late_excused, t.stays::float8 AS stays,
  t.verified::float8 AS verified, t.askable::float8 AS askable, t.revisits::float8 AS revisits
FROM night_total t JOIN ward w ON w.code = t.ward_code;
CREATE VIEW stat_capacity WITH (security_invoker, security_barrier) AS
SELECT t.night, t.ward_code, w.name AS ward_name, w.province_code, t.kind,
  t.facilities_active::float8 AS facilities_active,
  t.facilities_closed::float8 AS facilities_closed,
  t.facilities_stayed::float8 AS facilities_stayed,
  t.facilities_said::float8 AS facilities_said,
  t.rooms_open::float8 AS rooms_open, t.beds_open::float8 AS beds_open,
  t.rooms_all::float8 AS rooms_all, t.beds_all::float8 AS beds_all,
  t.rooms_occupied::float8 AS rooms_occupied, t.known_nights::float8 AS known_nights
FROM ward_night t JOIN ward w ON w.code = t.ward_code;
CREATE VIEW stat_origins WITH (security_invoker, security_barrier) AS
SELECT t.night, t.ward_code, w.name AS ward_name, w.province_code, t.kind, t.residence, t.reason,
  t.tourism, t.arrivals::float8 AS arrivals, t.guest_nights::float8 AS guest_nights
FROM origin_night t JOIN ward w ON w.code = t.ward_code;
CREATE VIEW stat_wards WITH (security_invoker, security_barrier) AS
SELECT w.code, w.name, w.kind, w.province_code, p.name AS province_name, w.valid_from, w.valid_to
FROM ward w JOIN province p ON p.code = w.province_code;
"""


def upgrade() -> None:
    op.execute(RELEASES)
    op.execute(GATES)
    op.execute(GATE_POLICIES)
    for table in STAT_TABLES:
        op.execute(STAT_POLICY.format(table=table))
    op.execute(VIEWS)


def downgrade() -> None:
    op.execute("DROP VIEW stat_wards, stat_origins, stat_capacity, stat_nights")
    for table in STAT_TABLES:
        op.execute(f"DROP POLICY {table}_stat ON {table}")
    op.execute("DROP TABLE gate_count, gate, catalogue_file, release_file, release")
