"""Digital addresses as a register: text to find them by, aliases, and every change.

An address need not belong to a facility any more: a list of a ward's doors is imported whole.
"""

import unicodedata

from alembic import op
from sqlalchemy import text

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

COLUMNS = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
ALTER TABLE digital_address
  ALTER COLUMN facility_id DROP NOT NULL,
  ADD COLUMN folded text NOT NULL DEFAULT '',
  ADD COLUMN old_unit text,
  ADD COLUMN floor_unit text,
  ADD COLUMN building_kind text CHECK (building_kind IN ('house', 'row_house', 'apartment_block',
    'villa', 'office', 'lodging', 'hospital', 'school', 'dormitory', 'market', 'factory', 'vessel',
    'other')),
  ADD COLUMN accuracy_m real CHECK (accuracy_m BETWEEN 0 AND 10000),
  ADD COLUMN verified_by uuid REFERENCES account,
  ADD COLUMN verified_at timestamptz,
  ADD CONSTRAINT address_point_source CHECK (point_source IN ('plate_scan', 'phone_gps',
    'map_click', 'survey', 'imported', 'registration', 'correction')),
  ADD CONSTRAINT address_verified CHECK ((verified_by IS NULL) = (verified_at IS NULL));
CREATE INDEX digital_address_ward ON digital_address (ward_code);
CREATE INDEX digital_address_text ON digital_address USING gin (folded gin_trgm_ops);

CREATE TABLE address_alias (
  code text NOT NULL REFERENCES digital_address,
  kind text NOT NULL CHECK (kind IN ('vpostcode', 'ministry')),
  value text NOT NULL,
  valid_from date NOT NULL,
  valid_to date CHECK (valid_to > valid_from),
  PRIMARY KEY (kind, value, code, valid_from)
);
CREATE INDEX address_alias_code ON address_alias (code);
CREATE TABLE address_change (
  code text NOT NULL REFERENCES digital_address,
  id uuid NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  changed_by uuid DEFAULT nullif(current_setting('asm.actor', true), '')::uuid,
  what text NOT NULL
    CHECK (what IN ('issued', 'point', 'description', 'verified', 'alias', 'ward')),
  before jsonb NOT NULL,
  after jsonb NOT NULL,
  PRIMARY KEY (code, id)
);
"""

MINE = "= ANY ((SELECT string_to_array(current_setting('asm.facilities', true), ','))::uuid[])"
WARD = "(SELECT current_setting('asm.ward', true))"
ADMINISTRATOR = "(SELECT current_setting('asm.role', true)) = 'administrator'"
# The lists are read once per statement: the sub-selects name no row of the table they guard.
OF_MY_WARD = f"code = ANY (ARRAY(SELECT code FROM digital_address WHERE ward_code = {WARD}))"
OF_MINE = f"code = ANY (ARRAY(SELECT code FROM digital_address WHERE facility_id {MINE}))"

SECURITY = f"""
CREATE POLICY address_ward_issue ON digital_address FOR INSERT TO asm_api
  WITH CHECK (ward_code = {WARD} AND facility_id IS NULL);
CREATE POLICY address_ward_change ON digital_address FOR UPDATE TO asm_api
  USING (ward_code = {WARD});
CREATE POLICY address_administrator ON digital_address TO asm_api USING ({ADMINISTRATOR});

ALTER TABLE address_alias ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY alias_members ON address_alias FOR SELECT TO asm_api USING ({OF_MINE});
CREATE POLICY alias_ward ON address_alias TO asm_api USING ({OF_MY_WARD});
CREATE POLICY alias_administrator ON address_alias TO asm_api USING ({ADMINISTRATOR});
ALTER TABLE address_change ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY address_change_members ON address_change TO asm_api USING ({OF_MINE});
CREATE POLICY address_change_ward ON address_change TO asm_api USING ({OF_MY_WARD});
CREATE POLICY address_change_administrator ON address_change TO asm_api USING ({ADMINISTRATOR});

GRANT SELECT, INSERT ON address_alias, address_change TO asm_api;
GRANT UPDATE (valid_to) ON address_alias TO asm_api;
GRANT UPDATE (folded, old_unit, floor_unit, building_kind, accuracy_m, verified_by, verified_at)
  ON digital_address TO asm_api;
"""
# Trigram operators are not leakproof, so behind a policy they find no index. An administrator may
# see every address anyway: this function lets that one role use the index, and says so itself.
SEARCH = f"""
CREATE POLICY address_search ON digital_address FOR SELECT TO asm_owner USING (true);
CREATE FUNCTION addresses_like(wanted text, most integer)
RETURNS TABLE (code text, likeness real)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
SET pg_trgm.word_similarity_threshold = 0.5 AS $$
  SELECT a.code, word_similarity(wanted, a.folded) FROM digital_address a
  WHERE {ADMINISTRATOR} AND wanted <% a.folded
  ORDER BY word_similarity(wanted, a.folded) DESC, length(a.folded), a.code LIMIT least(most, 200)
$$;
REVOKE ALL ON FUNCTION addresses_like(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION addresses_like(text, integer) TO asm_api;
"""


def upgrade() -> None:
    op.execute(COLUMNS)
    _fold_what_is_there()
    op.execute(SECURITY)
    # Loads the library, so that its parameter is known when the function names it.
    op.execute("SELECT similarity('a', 'b')")
    op.execute(SEARCH)


def _fold_what_is_there() -> None:
    """One address for each facility: few enough for one statement each. The owner is held to the
    policies too, so they are lifted from it meanwhile, within this transaction.
    """
    op.execute("ALTER TABLE digital_address NO FORCE ROW LEVEL SECURITY")
    connection = op.get_bind()
    for code, said in connection.execute(text("SELECT code, address_text FROM digital_address")):
        connection.execute(
            text("UPDATE digital_address SET folded = :folded WHERE code = :code"),
            {"folded": fold(said), "code": code},
        )
    op.execute("ALTER TABLE digital_address FORCE ROW LEVEL SECURITY")


def fold(said: str) -> str:
    """As addresses were folded when this was written; the product's own may go on without it."""
    apart = said.casefold().translate(str.maketrans("đ", "d", "'’‘ʼʻ`´"))
    letters = unicodedata.normalize("NFKD", apart)
    bare = (char for char in letters if not unicodedata.combining(char))
    return " ".join("".join(char if char.isalnum() else " " for char in bare).split())


def downgrade() -> None:
    op.execute("DROP FUNCTION addresses_like(text, integer)")
    op.execute("DROP POLICY address_search ON digital_address")
    op.execute("DROP POLICY address_ward_issue ON digital_address")
    op.execute("DROP POLICY address_ward_change ON digital_address")
    op.execute("DROP POLICY address_administrator ON digital_address")
    op.execute("DROP TABLE address_change, address_alias")
    # The old schema has no place for an address without a facility.
    op.execute("ALTER TABLE digital_address NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM digital_address WHERE facility_id IS NULL")
    op.execute("ALTER TABLE digital_address FORCE ROW LEVEL SECURITY")
    op.execute(
        "ALTER TABLE digital_address DROP CONSTRAINT address_point_source, "
        "DROP COLUMN folded, DROP COLUMN old_unit, DROP COLUMN floor_unit, "
        "DROP COLUMN building_kind, DROP COLUMN accuracy_m, DROP COLUMN verified_by, "
        "DROP COLUMN verified_at, ALTER COLUMN facility_id SET NOT NULL"
    )
    op.execute("DROP INDEX digital_address_ward")
    op.execute("DROP EXTENSION pg_trgm")
