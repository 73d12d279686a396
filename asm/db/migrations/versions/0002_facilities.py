"""Facilities, rooms, closures, memberships and digital addresses, behind row-level security."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE facility (
  id uuid PRIMARY KEY,
  kind text NOT NULL,
  name text NOT NULL,
  folded_name text NOT NULL,
  phone text,
  address_text text NOT NULL,
  ward_code text NOT NULL REFERENCES ward,
  point geometry(Point, 4326) NOT NULL,
  remote boolean NOT NULL DEFAULT false,
  status text NOT NULL DEFAULT 'pending'
    CHECK (status IN ('pending', 'active', 'returned', 'closed')),
  registered_by uuid NOT NULL REFERENCES account,
  registered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  decided_by uuid REFERENCES account,
  decided_at timestamptz,
  decision_note text
);
CREATE INDEX facility_ward ON facility (ward_code, status);
CREATE INDEX facility_point ON facility USING gist (point);
CREATE TABLE room (
  facility_id uuid NOT NULL REFERENCES facility,
  id uuid NOT NULL,
  name text NOT NULL,
  beds integer NOT NULL CHECK (beds BETWEEN 1 AND 500),
  opened_on date NOT NULL,
  closed_on date,
  PRIMARY KEY (facility_id, id),
  UNIQUE (facility_id, name)
);
CREATE TABLE closure (
  facility_id uuid NOT NULL REFERENCES facility,
  id uuid NOT NULL,
  starts_on date NOT NULL,
  ends_on date NOT NULL,
  reason text NOT NULL,
  PRIMARY KEY (facility_id, id),
  CHECK (starts_on < ends_on)
);
CREATE TABLE membership (
  facility_id uuid NOT NULL REFERENCES facility,
  account_id uuid NOT NULL REFERENCES account,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (facility_id, account_id)
);
CREATE INDEX membership_account ON membership (account_id);
CREATE TABLE digital_address (
  code text PRIMARY KEY CHECK (code ~ '^VN[0-9A-HJKMNP-TV-Z]{11}$'),
  facility_id uuid NOT NULL UNIQUE REFERENCES facility,
  unit integer NOT NULL CHECK (unit BETWEEN 0 AND 31),
  point geometry(Point, 4326) NOT NULL,
  point_source text NOT NULL,
  address_text text NOT NULL,
  ward_code text NOT NULL REFERENCES ward,
  issued_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX digital_address_point ON digital_address USING gist (point);
"""

# `asm.facilities` holds the ids the actor belongs to, `asm.ward` the officer's ward; both are set
# for one transaction only. The sub-selects run once per statement, not once per row.
MINE = "= ANY ((SELECT string_to_array(current_setting('asm.facilities', true), ','))::uuid[])"
WARD = "(SELECT current_setting('asm.ward', true))"
ROLE = "(SELECT current_setting('asm.role', true))"

SECURITY = f"""
ALTER TABLE facility ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY facility_read ON facility FOR SELECT TO asm_api
  USING (id {MINE} OR ward_code = {WARD} OR {ROLE} = 'administrator');
CREATE POLICY facility_register ON facility FOR INSERT TO asm_api WITH CHECK (id {MINE});
CREATE POLICY facility_change ON facility FOR UPDATE TO asm_api
  USING (id {MINE} OR ward_code = {WARD});
CREATE POLICY facility_worker ON facility TO asm_worker USING (true);

ALTER TABLE room ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY room_members ON room TO asm_api USING (facility_id {MINE});
CREATE POLICY room_ward ON room FOR SELECT TO asm_api
  USING (facility_id = ANY (ARRAY(SELECT id FROM facility WHERE ward_code = {WARD})));
CREATE POLICY room_worker ON room TO asm_worker USING (true);

ALTER TABLE closure ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY closure_members ON closure TO asm_api USING (facility_id {MINE});
CREATE POLICY closure_ward ON closure FOR SELECT TO asm_api
  USING (facility_id = ANY (ARRAY(SELECT id FROM facility WHERE ward_code = {WARD})));
CREATE POLICY closure_worker ON closure TO asm_worker USING (true);

ALTER TABLE digital_address ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY address_members ON digital_address TO asm_api USING (facility_id {MINE});
CREATE POLICY address_ward ON digital_address FOR SELECT TO asm_api USING (ward_code = {WARD});
CREATE POLICY address_worker ON digital_address TO asm_worker USING (true);

GRANT SELECT, INSERT ON facility, room, closure, membership, digital_address TO asm_api;
GRANT UPDATE (name, folded_name, phone, address_text, ward_code, point, remote, status, decided_by,
  decided_at, decision_note) ON facility TO asm_api;
GRANT UPDATE (name, beds, closed_on) ON room TO asm_api;
GRANT DELETE ON closure TO asm_api;
GRANT UPDATE (point, point_source, address_text, ward_code) ON digital_address TO asm_api;
GRANT SELECT ON facility, room, closure, membership, digital_address TO asm_worker;
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(SECURITY)


def downgrade() -> None:
    op.execute("DROP TABLE digital_address, membership, closure, room, facility CASCADE")
