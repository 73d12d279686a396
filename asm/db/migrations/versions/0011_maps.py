"""Facilities by plain degrees for maps, and what a map for everybody may show of them."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ROLE = "(SELECT current_setting('asm.role', true))"
# Kinds of which none is a private home. A kind that is not named here is on no public map.
PUBLIC_KINDS = (
    "'hotel', 'guest_house', 'homestay', 'tourist_villa', 'tourist_apartment', 'boarding_house', "
    "'worker_housing', 'dormitory', 'official_guest_house', 'hospital', 'clinic', 'vessel', 'other'"
)

# Operators of geometry are not leakproof, so behind row-level security no index on `point` helps:
# every tile would read every facility. Comparisons of plain numbers are, and the database keeps
# both columns itself, whoever moves the point.
UP = f"""
ALTER TABLE facility
  ADD COLUMN lat double precision GENERATED ALWAYS AS (ST_Y(point)) STORED,
  ADD COLUMN lon double precision GENERATED ALWAYS AS (ST_X(point)) STORED;
CREATE INDEX facility_degrees ON facility (lat, lon);
CREATE POLICY facility_public ON facility FOR SELECT TO asm_api
  USING ({ROLE} = 'public' AND status = 'active' AND kind IN ({PUBLIC_KINDS}));
"""
DOWN = """
DROP POLICY facility_public ON facility;
ALTER TABLE facility DROP COLUMN lat, DROP COLUMN lon;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
