"""A facility that lodges nobody any more is closed from a day on; before it, it counts as ever."""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE facility ADD COLUMN closed_on date")
    op.execute("UPDATE facility SET closed_on = current_date WHERE status = 'closed'")
    op.execute(
        "ALTER TABLE facility ADD CONSTRAINT facility_closed_on_a_day "
        "CHECK ((status = 'closed') = (closed_on IS NOT NULL))"
    )
    op.execute("GRANT UPDATE (closed_on) ON facility TO asm_api")


def downgrade() -> None:
    op.execute("REVOKE UPDATE (closed_on) ON facility FROM asm_api")
    op.execute("ALTER TABLE facility DROP CONSTRAINT facility_closed_on_a_day")
    op.execute("ALTER TABLE facility DROP COLUMN closed_on")
