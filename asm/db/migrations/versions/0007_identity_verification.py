"""What the population database said of a stay's guest: ids and a word, never a name or a number."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MINE = (
    "facility_id = ANY "
    "((SELECT string_to_array(current_setting('asm.facilities', true), ','))::uuid[])"
)
WARD = "ward_code = (SELECT current_setting('asm.ward', true))"

TABLE = f"""
CREATE TABLE identity_check (
  facility_id uuid NOT NULL,
  stay_id uuid NOT NULL,
  ward_code text NOT NULL,
  guest_record_id uuid NOT NULL,
  status text NOT NULL DEFAULT 'pending' CHECK (status IN
    ('pending', 'verified', 'does_not_match', 'unknown', 'not_checkable')),
  checked_at timestamptz,
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  leased_until timestamptz,
  PRIMARY KEY (facility_id, stay_id)
);
CREATE INDEX identity_check_due ON identity_check (next_attempt_at) WHERE status = 'pending';
ALTER TABLE identity_check ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY identity_check_members ON identity_check FOR SELECT TO asm_api USING ({MINE});
CREATE POLICY identity_check_ward ON identity_check FOR SELECT TO asm_api USING ({WARD});
CREATE POLICY identity_check_worker ON identity_check TO asm_worker USING (true);
GRANT SELECT ON identity_check TO asm_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON identity_check TO asm_worker;
"""
# The worker opens guests to ask about them, after an audit entry about each was committed. It sees
# every row of the vault already (policy guest_record_worker), now what is sealed in them too.
OPENING = "GRANT SELECT (key_id, sealed) ON vault.guest_record TO asm_worker"
# How many wait (up to 10,000), for whoever watches: two figures about all facilities, and no row.
DEPTH = """
CREATE POLICY identity_check_count ON identity_check FOR SELECT TO asm_owner USING (true);
CREATE FUNCTION identity_checks_waiting(OUT waiting bigint, OUT oldest_s double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(next_attempt_at)), 0)
  FROM (
    SELECT next_attempt_at FROM identity_check WHERE status = 'pending'
    ORDER BY next_attempt_at LIMIT 10000
  ) AS first_due
$$;
REVOKE ALL ON FUNCTION identity_checks_waiting() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity_checks_waiting() TO asm_api, asm_worker;
"""


def upgrade() -> None:
    op.execute(TABLE)
    op.execute(OPENING)
    op.execute(DEPTH)


def downgrade() -> None:
    op.execute("DROP FUNCTION identity_checks_waiting()")
    op.execute("REVOKE SELECT (key_id, sealed) ON vault.guest_record FROM asm_worker")
    op.execute("DROP TABLE identity_check")
