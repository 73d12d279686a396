"""Keys of the vault, wrapped by a key that never enters the database, and a second index slot."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEYS = """
CREATE TABLE vault.wrapped_key (
  id text PRIMARY KEY,
  purpose text NOT NULL CHECK (purpose IN ('data', 'index')),
  month date,
  slot text CHECK (slot IN ('a', 'b')),
  state text NOT NULL CHECK (state IN ('next', 'current', 'former', 'retired')),
  kek_id text NOT NULL,
  wrapped bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK ((purpose = 'data') = (month IS NOT NULL)),
  CHECK ((purpose = 'index') = (slot IS NOT NULL))
);
CREATE UNIQUE INDEX wrapped_key_data ON vault.wrapped_key (month)
  WHERE purpose = 'data' AND state = 'current';
CREATE UNIQUE INDEX wrapped_key_index ON vault.wrapped_key (purpose)
  WHERE purpose = 'index' AND state = 'current';
GRANT SELECT, INSERT ON vault.wrapped_key TO asm_api, asm_worker;
"""
# While the index key rotates, every new row carries both indexes; the slot of the current key is
# complete at any moment, so nobody is missed and nobody doubled.
SLOTS = """
ALTER TABLE vault.person RENAME COLUMN blind_index TO index_a;
ALTER TABLE vault.person ADD COLUMN index_b bytea;
ALTER INDEX vault.person_blind_index RENAME TO person_index_a;
ALTER TABLE vault.person
  ADD CONSTRAINT person_facility_id_index_b_key UNIQUE (facility_id, index_b);
CREATE INDEX person_index_b ON vault.person (index_b);
"""
# Who changes keys may read and re-seal what is sealed, and nothing else.
KEEPER = """
GRANT USAGE ON SCHEMA vault TO asm_keeper;
GRANT SELECT, INSERT, UPDATE ON vault.wrapped_key TO asm_keeper;
GRANT SELECT, UPDATE (index_a, index_b) ON vault.person TO asm_keeper;
GRANT SELECT, UPDATE (key_id, sealed) ON vault.guest_record TO asm_keeper;
GRANT INSERT ON audit_entry TO asm_keeper;
CREATE POLICY person_keeper ON vault.person TO asm_keeper USING (true);
CREATE POLICY guest_record_keeper ON vault.guest_record TO asm_keeper USING (true);
CREATE POLICY audit_keeper ON audit_entry FOR INSERT TO asm_keeper WITH CHECK (true);
-- Keys follow each other by month, so a few pages of BRIN find what one of them sealed.
CREATE INDEX guest_record_key ON vault.guest_record USING brin (key_id);
"""


def upgrade() -> None:
    op.execute(KEYS)
    op.execute(SLOTS)
    op.execute(KEEPER)


def downgrade() -> None:
    op.execute("DROP INDEX vault.guest_record_key")
    op.execute("DROP POLICY audit_keeper ON audit_entry")
    op.execute("DROP POLICY guest_record_keeper ON vault.guest_record")
    op.execute("DROP POLICY person_keeper ON vault.person")
    op.execute("REVOKE INSERT ON audit_entry FROM asm_keeper")
    op.execute("REVOKE ALL ON ALL TABLES IN SCHEMA vault FROM asm_keeper")
    op.execute("REVOKE USAGE ON SCHEMA vault FROM asm_keeper")
    op.execute("ALTER TABLE vault.person DROP COLUMN index_b")
    op.execute("ALTER INDEX vault.person_index_a RENAME TO person_blind_index")
    op.execute("ALTER TABLE vault.person RENAME COLUMN index_a TO blind_index")
    op.execute("DROP TABLE vault.wrapped_key")
