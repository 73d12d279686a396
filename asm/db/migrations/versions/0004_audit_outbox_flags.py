"""The audit trail, the outbox, the flags of the ward and the worker's sign of life."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MINE = (
    "facility_id = ANY "
    "((SELECT string_to_array(current_setting('asm.facilities', true), ','))::uuid[])"
)
WARD = "ward_code = (SELECT current_setting('asm.ward', true))"

TABLES = f"""
CREATE TABLE audit_entry (
  facility_id uuid NOT NULL,
  id uuid NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor_id uuid,
  actor_role text NOT NULL,
  action text NOT NULL,
  ward_code text,
  subject_id uuid,
  details jsonb NOT NULL DEFAULT '{{}}',
  PRIMARY KEY (facility_id, id)
);
CREATE INDEX audit_entry_at ON audit_entry USING brin (at);
ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_write ON audit_entry FOR INSERT TO asm_api WITH CHECK (true);
CREATE POLICY audit_worker ON audit_entry TO asm_worker USING (true);
GRANT INSERT ON audit_entry TO asm_api, asm_worker;

CREATE TABLE outbox (
  facility_id uuid NOT NULL,
  id uuid NOT NULL,
  topic text NOT NULL,
  payload jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  dead_at timestamptz,
  last_error text,
  PRIMARY KEY (facility_id, id)
);
CREATE INDEX outbox_next ON outbox (next_attempt_at) WHERE dead_at IS NULL;
ALTER TABLE outbox ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY outbox_write ON outbox FOR INSERT TO asm_api WITH CHECK ({MINE});
CREATE POLICY outbox_worker ON outbox TO asm_worker USING (true);
GRANT INSERT ON outbox TO asm_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox TO asm_worker;

CREATE TABLE flag (
  facility_id uuid NOT NULL,
  id uuid NOT NULL,
  check_id text NOT NULL,
  subject text NOT NULL,
  severity text NOT NULL CHECK (severity IN ('high', 'medium', 'low')),
  ward_code text NOT NULL,
  stay_id uuid,
  evidence jsonb NOT NULL,
  raised_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  closed_at timestamptz,
  dismissed_at timestamptz,
  dismissed_by uuid,
  dismissal_note text,
  PRIMARY KEY (facility_id, id),
  UNIQUE (facility_id, check_id, subject)
);
CREATE INDEX flag_ward ON flag (ward_code, raised_at);
ALTER TABLE flag ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY flag_ward ON flag TO asm_api USING ({WARD});
CREATE POLICY flag_worker ON flag TO asm_worker USING (true);
GRANT SELECT ON flag TO asm_api;
GRANT UPDATE (dismissed_at, dismissed_by, dismissal_note) ON flag TO asm_api;
GRANT SELECT, INSERT, UPDATE ON flag TO asm_worker;

CREATE TABLE worker_heartbeat (
  name text PRIMARY KEY,
  at timestamptz NOT NULL
);
GRANT SELECT ON worker_heartbeat TO asm_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON worker_heartbeat TO asm_worker;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE worker_heartbeat, flag, outbox, audit_entry")
