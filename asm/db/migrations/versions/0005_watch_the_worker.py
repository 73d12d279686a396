"""What the worker and the health pages need to see: the outbox, the revision, former guests."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# The web process counts what waits; it sees no facility and no payload.
OUTBOX = """
CREATE POLICY outbox_depth ON outbox FOR SELECT TO asm_api USING (true);
GRANT SELECT (created_at, next_attempt_at, dead_at) ON outbox TO asm_api;
"""
# Which persons a stay was declared for, version by version: references, never what is sealed.
FORMER_GUESTS = "GRANT SELECT (facility_id, id, person_ref) ON vault.guest_record TO asm_worker"
REVISION = "GRANT SELECT ON alembic_version TO asm_api, asm_worker"
# Keys are removed by age; rows arrive in that order, so a few pages of BRIN are enough.
KEY_AGE = "CREATE INDEX idempotency_created ON idempotency USING brin (created_at)"


def upgrade() -> None:
    op.execute(OUTBOX)
    op.execute(FORMER_GUESTS)
    op.execute(REVISION)
    op.execute(KEY_AGE)


def downgrade() -> None:
    op.execute("DROP INDEX idempotency_created")
    op.execute("REVOKE SELECT ON alembic_version FROM asm_api, asm_worker")
    op.execute("REVOKE SELECT (facility_id, id, person_ref) ON vault.guest_record FROM asm_worker")
    op.execute("REVOKE SELECT (created_at, next_attempt_at, dead_at) ON outbox FROM asm_api")
    op.execute("DROP POLICY outbox_depth ON outbox")
