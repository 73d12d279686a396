"""When a phone without signal had a record, and what has changed since a phone last looked.

`written_xid`: the transaction that wrote a version. A transaction that began before another may
commit after it, so that nothing but the oldest one still running says how far all is there. Of rows
from before it is null: who reads changes for the first time gets the stays as they stand.
"""

from alembic import op

revision = "0040"
down_revision = "0038"
branch_labels = None
depends_on = None

# A default that is set apart from its column is for new rows alone: nothing is rewritten.
COLUMNS = """
ALTER TABLE stay ADD COLUMN IF NOT EXISTS saved jsonb;
ALTER TABLE stay_version ADD COLUMN IF NOT EXISTS saved jsonb,
  ADD COLUMN IF NOT EXISTS written_xid xid8;
ALTER TABLE stay_version ALTER COLUMN written_xid SET DEFAULT pg_current_xact_id();
"""
# The table is long, and declarations must not wait until it was read through.
INDEX = """
CREATE INDEX CONCURRENTLY IF NOT EXISTS stay_version_written
  ON stay_version (facility_id, written_xid, stay_id, version) WHERE written_xid IS NOT NULL
"""


def upgrade() -> None:
    op.execute(COLUMNS)
    # Stopped half-way, the columns are there already: until here all may be repeated.
    with op.get_context().autocommit_block():
        op.execute(INDEX)


def downgrade() -> None:
    op.execute("DROP INDEX stay_version_written")
    op.execute("ALTER TABLE stay_version DROP COLUMN written_xid, DROP COLUMN saved")
    op.execute("ALTER TABLE stay DROP COLUMN saved")
