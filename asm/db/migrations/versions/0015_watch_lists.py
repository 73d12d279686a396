"""Watch lists: keyed hashes alone, their owner, and hits that the ward and the owner see."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# Provincial police own lists; they have no ward.
ROLES = """
ALTER TABLE account DROP CONSTRAINT account_role_check;
ALTER TABLE account ADD CONSTRAINT account_role_check CHECK (role IN ('receptionist', 'landlord',
  'hospital_clerk', 'hotel_system', 'ward_officer', 'administrator', 'provincial_officer'));
INSERT INTO notice_rule (topic, role, channel, pace, duty)
SELECT topic, 'provincial_officer', channel, pace, duty FROM notice_rule
WHERE topic = 'outage' AND role = 'ward_officer';
"""
# NOT VALID: accounts of the role stay as they are; nobody new gets it.
FORMER_ROLES = """
ALTER TABLE account DROP CONSTRAINT account_role_check;
ALTER TABLE account ADD CONSTRAINT account_role_check CHECK (role IN ('receptionist', 'landlord',
  'hospital_clerk', 'hotel_system', 'ward_officer', 'administrator')) NOT VALID;
DELETE FROM notice_rule WHERE role = 'provincial_officer';
"""
# The lists are small and everywhere the same: reference tables, not distributed by facility.
# The web process may not touch an entry at all: a declaration cannot tell whether one is there.
LISTS = """
CREATE TABLE watch_list (
  id uuid PRIMARY KEY,
  owner_id uuid NOT NULL REFERENCES account,
  name text NOT NULL,
  reason text NOT NULL,
  valid_until date NOT NULL,
  loaded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  removed_at timestamptz,
  UNIQUE (owner_id, name)
);
CREATE TABLE vault.watch_entry (
  list_id uuid NOT NULL REFERENCES watch_list,
  id uuid NOT NULL,
  index_a bytea,
  index_b bytea,
  PRIMARY KEY (list_id, id),
  UNIQUE (list_id, index_a),
  UNIQUE (list_id, index_b),
  CHECK (index_a IS NOT NULL OR index_b IS NOT NULL)
);
CREATE INDEX watch_entry_index_a ON vault.watch_entry (index_a);
CREATE INDEX watch_entry_index_b ON vault.watch_entry (index_b);
ALTER TABLE watch_list ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE vault.watch_entry ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY watch_list_owner ON watch_list FOR SELECT TO asm_api
  USING (owner_id = (SELECT nullif(current_setting('asm.actor', true), ''))::uuid);
CREATE POLICY watch_list_worker ON watch_list TO asm_worker USING (true);
CREATE POLICY watch_entry_worker ON vault.watch_entry TO asm_worker USING (true);
CREATE POLICY watch_list_keeper ON watch_list FOR SELECT TO asm_keeper USING (true);
CREATE POLICY watch_entry_keeper ON vault.watch_entry TO asm_keeper USING (true);
GRANT SELECT ON watch_list TO asm_api, asm_keeper;
GRANT SELECT, INSERT, UPDATE ON watch_list TO asm_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON vault.watch_entry TO asm_worker;
GRANT SELECT, UPDATE (index_a, index_b), DELETE ON vault.watch_entry TO asm_keeper;
"""
# A hit is a flag of the ward that its list's owner sees too, with the place's name and address;
# the facility's own people see no flag at all.
OWNERS = """
ALTER TABLE flag ADD COLUMN owner_id uuid;
CREATE INDEX flag_owner ON flag (owner_id, raised_at) WHERE owner_id IS NOT NULL;
CREATE POLICY flag_owner ON flag FOR SELECT TO asm_api
  USING (owner_id = (SELECT nullif(current_setting('asm.actor', true), ''))::uuid);
CREATE POLICY flag_watched_places ON flag FOR SELECT TO asm_owner USING (owner_id IS NOT NULL);
CREATE POLICY facility_watched_places ON facility FOR SELECT TO asm_owner USING (true);
CREATE FUNCTION watched_places()
RETURNS TABLE (id uuid, name text, address_text text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT facility.id, facility.name, facility.address_text FROM facility
  WHERE facility.id IN (
    SELECT facility_id FROM flag
    WHERE owner_id = (SELECT nullif(current_setting('asm.actor', true), ''))::uuid
  )
$$;
REVOKE ALL ON FUNCTION watched_places() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION watched_places() TO asm_api;
"""


def upgrade() -> None:
    op.execute(ROLES)
    op.execute(LISTS)
    op.execute(OWNERS)


def downgrade() -> None:
    op.execute("DROP FUNCTION watched_places()")
    op.execute("DROP POLICY facility_watched_places ON facility")
    op.execute("DROP POLICY flag_watched_places ON flag")
    op.execute("DROP POLICY flag_owner ON flag")
    op.execute("ALTER TABLE flag DROP COLUMN owner_id")
    op.execute("DROP TABLE vault.watch_entry, watch_list")
    op.execute(FORMER_ROLES)
