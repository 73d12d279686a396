"""The log of degraded intake, and the late declarations that it excuses."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MINE = (
    "facility_id = ANY "
    "((SELECT string_to_array(current_setting('asm.facilities', true), ','))::uuid[])"
)
WARD = "ward_code = (SELECT current_setting('asm.ward', true))"
ADMINISTRATOR = "(SELECT current_setting('asm.role', true)) = 'administrator'"

# When and in which wards intake was degraded is no secret; which single facilities were, is theirs.
LOG = f"""
CREATE TABLE incident (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  cause text NOT NULL CHECK (cause IN ('database_unreachable', 'declared')),
  note text NOT NULL DEFAULT '',
  started_at timestamptz NOT NULL,
  ended_at timestamptz,
  everywhere boolean NOT NULL,
  wards text[] NOT NULL DEFAULT '{{}}',
  opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  opened_by uuid,
  closed_by uuid,
  withdrawn_at timestamptz,
  CHECK (ended_at >= started_at)
);
CREATE TABLE incident_facility (
  facility_id uuid NOT NULL REFERENCES facility,
  incident_number bigint NOT NULL REFERENCES incident,
  PRIMARY KEY (facility_id, incident_number)
);
CREATE INDEX incident_facility_number ON incident_facility (incident_number);
CREATE TABLE stay_excuse (
  facility_id uuid NOT NULL,
  stay_id uuid NOT NULL,
  incident_number bigint NOT NULL,
  ward_code text NOT NULL,
  rule text NOT NULL,
  decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (facility_id, stay_id)
);
ALTER TABLE incident ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE incident_facility ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE stay_excuse ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- Foreign keys are checked as the owner.
CREATE POLICY incident_owner ON incident FOR SELECT TO asm_owner USING (true);
CREATE POLICY incident_everyone ON incident FOR SELECT TO asm_api USING (true);
CREATE POLICY incident_opened ON incident FOR INSERT TO asm_api WITH CHECK ({ADMINISTRATOR});
CREATE POLICY incident_changed ON incident FOR UPDATE TO asm_api USING ({ADMINISTRATOR});
CREATE POLICY incident_worker ON incident TO asm_worker USING (true);
CREATE POLICY incident_facility_members ON incident_facility FOR SELECT TO asm_api USING ({MINE});
CREATE POLICY incident_facility_administrator ON incident_facility TO asm_api
  USING ({ADMINISTRATOR});
CREATE POLICY incident_facility_worker ON incident_facility TO asm_worker USING (true);
CREATE POLICY stay_excuse_members ON stay_excuse FOR SELECT TO asm_api USING ({MINE});
CREATE POLICY stay_excuse_ward ON stay_excuse FOR SELECT TO asm_api USING ({WARD});
CREATE POLICY stay_excuse_worker ON stay_excuse TO asm_worker USING (true);
GRANT SELECT, INSERT ON incident, incident_facility TO asm_api, asm_worker;
GRANT UPDATE (ended_at, closed_by, withdrawn_at) ON incident TO asm_api, asm_worker;
GRANT SELECT ON stay_excuse TO asm_api;
GRANT SELECT, INSERT, DELETE ON stay_excuse TO asm_worker;
-- An administrator who opens or closes one leaves work for the worker, of no single facility.
CREATE POLICY outbox_operator_writes ON outbox FOR INSERT TO asm_api WITH CHECK ({ADMINISTRATOR});
"""


def upgrade() -> None:
    op.execute(LOG)


def downgrade() -> None:
    op.execute("DROP POLICY outbox_operator_writes ON outbox")
    op.execute("DROP TABLE stay_excuse, incident_facility, incident")
