"""Officers of the ministry and of tourism offices; watch lists that their owner loads on a page."""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

ROLES = """
ALTER TABLE account DROP CONSTRAINT account_role_check;
ALTER TABLE account ADD CONSTRAINT account_role_check CHECK (role IN ('receptionist', 'landlord',
  'hospital_clerk', 'hotel_system', 'ward_officer', 'administrator', 'provincial_officer',
  'ministry_officer', 'tourism_officer'));
ALTER TABLE account DROP CONSTRAINT account_province_check;
ALTER TABLE account ADD CONSTRAINT account_province_check
  CHECK (province_code IS NULL OR role IN ('provincial_officer', 'tourism_officer'));
"""
# NOT VALID: accounts of the roles stay as they are; nobody new gets one.
FORMER_ROLES = """
ALTER TABLE account DROP CONSTRAINT account_role_check;
ALTER TABLE account ADD CONSTRAINT account_role_check CHECK (role IN ('receptionist', 'landlord',
  'hospital_clerk', 'hotel_system', 'ward_officer', 'administrator', 'provincial_officer'))
  NOT VALID;
ALTER TABLE account DROP CONSTRAINT account_province_check;
ALTER TABLE account ADD CONSTRAINT account_province_check
  CHECK (province_code IS NULL OR role = 'provincial_officer') NOT VALID;
"""

OWN = "owner_id = (SELECT nullif(current_setting('asm.actor', true), ''))::uuid"
# How many documents a list holds is told on its owner's page, which may not count them itself. A
# list that has ended, or was ended, is no more to be changed: its owner loads another.
LISTS = f"""
ALTER TABLE watch_list ADD COLUMN documents integer, ADD COLUMN end_reason text;
ALTER TABLE watch_list NO FORCE ROW LEVEL SECURITY;
ALTER TABLE vault.watch_entry NO FORCE ROW LEVEL SECURITY;
UPDATE watch_list SET documents =
  (SELECT count(*) FROM vault.watch_entry WHERE list_id = watch_list.id);
ALTER TABLE watch_list FORCE ROW LEVEL SECURITY;
ALTER TABLE vault.watch_entry FORCE ROW LEVEL SECURITY;
CREATE POLICY watch_list_change ON watch_list FOR UPDATE TO asm_api
  USING ({OWN} AND removed_at IS NULL
    AND valid_until >= CAST(clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date))
  WITH CHECK ({OWN} AND (removed_at IS NULL) = (end_reason IS NULL)
    AND (removed_at IS NULL
      OR removed_at BETWEEN clock_timestamp() - interval '10 minutes' AND clock_timestamp()));
GRANT UPDATE (valid_until, removed_at, end_reason) ON watch_list TO asm_api;
"""
# What a file held, between its preview and its owner's yes: keyed hashes, no number. One an owner.
# The web process writes the hashes and cannot read them again; the worker makes the list of them.
# Once confirmed it is neither taken back nor confirmed again: it is the worker's.
UPLOADS = f"""
CREATE TABLE vault.watch_upload (
  owner_id uuid PRIMARY KEY REFERENCES account,
  id uuid NOT NULL UNIQUE,
  name text NOT NULL,
  reason text NOT NULL,
  valid_until date NOT NULL,
  documents integer NOT NULL CHECK (documents BETWEEN 1 AND 50000),
  broken integer NOT NULL,
  index_a bytea[] NOT NULL,
  index_b bytea[] NOT NULL,
  found_by text NOT NULL,
  expires_at timestamptz NOT NULL DEFAULT clock_timestamp() + interval '15 minutes',
  confirmed_at timestamptz,
  CHECK (cardinality(index_a) = documents AND cardinality(index_b) = documents)
);
ALTER TABLE vault.watch_upload ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY watch_upload_owner ON vault.watch_upload FOR SELECT TO asm_api USING ({OWN});
CREATE POLICY watch_upload_hold ON vault.watch_upload FOR INSERT TO asm_api
  WITH CHECK ({OWN} AND confirmed_at IS NULL
    AND expires_at <= clock_timestamp() + interval '15 minutes');
CREATE POLICY watch_upload_confirm ON vault.watch_upload FOR UPDATE TO asm_api
  USING ({OWN} AND confirmed_at IS NULL AND expires_at > clock_timestamp())
  WITH CHECK ({OWN} AND confirmed_at <= clock_timestamp());
CREATE POLICY watch_upload_forget ON vault.watch_upload FOR DELETE TO asm_api
  USING ({OWN} AND confirmed_at IS NULL);
CREATE POLICY watch_upload_worker ON vault.watch_upload TO asm_worker USING (true);
GRANT INSERT, DELETE, UPDATE (confirmed_at), SELECT (owner_id, id, name, reason, valid_until,
  documents, broken, found_by, expires_at, confirmed_at) ON vault.watch_upload TO asm_api;
GRANT SELECT, DELETE ON vault.watch_upload TO asm_worker;
CREATE POLICY outbox_province ON outbox FOR INSERT TO asm_api WITH CHECK (
  facility_id = '00000000-0000-0000-0000-000000000000'
  AND topic IN ('watch_list.confirmed', 'watch_list.ended', 'ward.reminded')
  AND (SELECT current_setting('asm.role', true)) = 'provincial_officer'
  AND (payload ->> 'by')::uuid = (SELECT nullif(current_setting('asm.actor', true), '')::uuid));
"""

# How many cases wait in a ward is a figure; which they are is the ward's own. Of each ward at most
# `most` flags are looked at, `more` if there are others: a province has 126 wards, and one that
# nobody attends may have any number.
FLAGS = """
CREATE POLICY flag_counted ON flag FOR SELECT TO asm_owner USING (true);
CREATE FUNCTION open_flags(wards text[], most integer)
RETURNS TABLE (ward_code text, waiting integer, more boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT ward.code, CAST(counted.cases AS integer), counted.flags >= most
  FROM ward CROSS JOIN LATERAL (
    SELECT pg_catalog.count(*) AS cases, coalesce(pg_catalog.sum(same.flags), 0) AS flags FROM (
      SELECT newest.cause, pg_catalog.count(*) AS flags FROM (
        SELECT flag.cause FROM flag WHERE flag.ward_code = ward.code
          AND flag.closed_at IS NULL AND flag.dismissed_at IS NULL
        ORDER BY flag.raised_at DESC LIMIT most) AS newest
      GROUP BY newest.cause) AS same) AS counted
  WHERE ward.code = ANY(wards)
    AND (ward.province_code = current_setting('asm.province', true)
      OR ward.code = current_setting('asm.ward', true)
      OR current_setting('asm.role', true) = 'ministry_officer')
$$;
REVOKE ALL ON FUNCTION open_flags(text[], integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION open_flags(text[], integer) TO asm_api;
"""


def upgrade() -> None:
    op.execute(ROLES)
    op.execute(LISTS)
    op.execute(UPLOADS)
    op.execute(FLAGS)


def downgrade() -> None:
    op.execute("DROP FUNCTION open_flags(text[], integer)")
    op.execute("DROP POLICY flag_counted ON flag")
    op.execute("DROP POLICY outbox_province ON outbox")
    op.execute("DROP TABLE vault.watch_upload")
    op.execute("REVOKE UPDATE (valid_until, removed_at, end_reason) ON watch_list FROM asm_api")
    op.execute("DROP POLICY watch_list_change ON watch_list")
    op.execute("ALTER TABLE watch_list DROP COLUMN documents, DROP COLUMN end_reason")
    op.execute(FORMER_ROLES)
