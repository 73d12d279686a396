"""Leases on outbox rows; its depth by a function; what waits, to administrators, with a retry."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# A column without a default rewrites nothing; code that does not know it goes on as before.
LEASE = "ALTER TABLE outbox ADD COLUMN leased_until timestamptz"
# Figures about all facilities and no row: for the web process, whoever is signed in to it.
DEPTH = """
CREATE POLICY outbox_count ON outbox FOR SELECT TO asm_owner USING (true);
CREATE FUNCTION outbox_depth(
  OUT waiting bigint, OUT due bigint, OUT failing bigint, OUT leased bigint, OUT dead bigint,
  OUT oldest_s double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT count(*) FILTER (WHERE dead_at IS NULL),
    count(*) FILTER (WHERE dead_at IS NULL AND next_attempt_at <= clock_timestamp()),
    count(*) FILTER (WHERE dead_at IS NULL AND last_error IS NOT NULL),
    count(*) FILTER (WHERE dead_at IS NULL AND leased_until > clock_timestamp()),
    count(*) FILTER (WHERE dead_at IS NOT NULL),
    greatest(0, coalesce(extract(epoch FROM clock_timestamp()
      - min(created_at) FILTER (WHERE dead_at IS NULL)), 0))::float8
  FROM outbox
$$;
REVOKE ALL ON FUNCTION outbox_depth() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION outbox_depth() TO asm_api, asm_worker;
DROP POLICY outbox_depth ON outbox;
"""
# An administrator sees which rows failed and with what class of error, never a payload.
OPERATOR = """
CREATE POLICY outbox_operator_reads ON outbox FOR SELECT TO asm_api
  USING ((SELECT current_setting('asm.role', true)) = 'administrator');
CREATE POLICY outbox_operator_retries ON outbox FOR UPDATE TO asm_api
  USING ((SELECT current_setting('asm.role', true)) = 'administrator');
GRANT SELECT (facility_id, id, topic, created_at, attempts, next_attempt_at, leased_until, dead_at,
  last_error) ON outbox TO asm_api;
GRANT UPDATE (attempts, next_attempt_at, leased_until, dead_at) ON outbox TO asm_api;
CREATE INDEX outbox_dead ON outbox (dead_at) WHERE dead_at IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(LEASE)
    op.execute(DEPTH)
    op.execute(OPERATOR)


def downgrade() -> None:
    op.execute("DROP INDEX outbox_dead")
    op.execute(
        "REVOKE UPDATE (attempts, next_attempt_at, leased_until, dead_at) ON outbox FROM asm_api"
    )
    op.execute(
        "REVOKE SELECT (facility_id, id, topic, attempts, last_error) ON outbox FROM asm_api"
    )
    op.execute("DROP POLICY outbox_operator_retries ON outbox")
    op.execute("DROP POLICY outbox_operator_reads ON outbox")
    op.execute("CREATE POLICY outbox_depth ON outbox FOR SELECT TO asm_api USING (true)")
    op.execute("DROP FUNCTION outbox_depth()")
    op.execute("DROP POLICY outbox_count ON outbox")
    op.execute("ALTER TABLE outbox DROP COLUMN leased_until")
