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

MINE = (
    "facility_id = ANY "
    "((SELECT string_to_array(current_setting('asm.facilities', true), ','))::uuid[])"
)

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

# What is removed leaves its id behind. A stay whose day of arrival is corrected moves to another
# partition, which removes it here and writes it there: whoever reads looks whether it stands.
GONE = f"""
CREATE TABLE stay_gone (
  facility_id uuid NOT NULL,
  stay_id uuid NOT NULL,
  written_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  gone_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (facility_id, written_xid, stay_id)
);
CREATE INDEX stay_gone_at ON stay_gone (gone_at);
ALTER TABLE stay_gone ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY stay_gone_members ON stay_gone FOR SELECT TO asm_api USING ({MINE});
CREATE POLICY stay_gone_worker ON stay_gone TO asm_worker USING (true);
CREATE POLICY stay_gone_owner ON stay_gone TO asm_owner USING (true);
GRANT SELECT ON stay_gone TO asm_api;
GRANT SELECT, DELETE ON stay_gone TO asm_worker;
CREATE FUNCTION note_stay_gone() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO public.stay_gone (facility_id, stay_id) VALUES (OLD.facility_id, OLD.id)
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION note_stay_gone() FROM PUBLIC;
CREATE TRIGGER stay_gone AFTER DELETE ON stay FOR EACH ROW EXECUTE FUNCTION note_stay_gone();
"""


def upgrade() -> None:
    op.execute(COLUMNS)
    # Stopped half-way, the columns are there already: until here all may be repeated.
    with op.get_context().autocommit_block():
        op.execute(INDEX)
    op.execute(GONE)


def downgrade() -> None:
    op.execute("DROP TRIGGER stay_gone ON stay")
    op.execute("DROP FUNCTION note_stay_gone()")
    op.execute("DROP TABLE stay_gone")
    op.execute("DROP INDEX stay_version_written")
    op.execute("ALTER TABLE stay_version DROP COLUMN written_xid, DROP COLUMN saved")
    op.execute("ALTER TABLE stay DROP COLUMN saved")
