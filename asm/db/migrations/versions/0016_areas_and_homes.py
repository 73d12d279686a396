"""Boarding houses and other places may be homes: off public maps. Addresses follow the areas."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ROLE = "(SELECT current_setting('asm.role', true))"
PUBLIC_KINDS = (
    "'hotel', 'guest_house', 'homestay', 'tourist_villa', 'tourist_apartment', 'worker_housing', "
    "'dormitory', 'official_guest_house', 'hospital', 'clinic', 'vessel'"
)
PUBLIC_BEFORE = f"{PUBLIC_KINDS}, 'boarding_house', 'other'"


def _public(kinds: str) -> None:
    op.execute("DROP POLICY facility_public ON facility")
    op.execute(
        "CREATE POLICY facility_public ON facility FOR SELECT TO asm_api "
        f"USING ({ROLE} = 'public' AND status = 'active' AND kind IN ({kinds}))"
    )


ADDRESSES = """
GRANT SELECT (code, point) ON digital_address TO asm_keeper;
GRANT INSERT ON address_change TO asm_keeper;
CREATE POLICY change_keeper ON address_change FOR INSERT TO asm_keeper WITH CHECK (what = 'ward');
"""


def upgrade() -> None:
    _public(PUBLIC_KINDS)
    op.execute(ADDRESSES)


def downgrade() -> None:
    op.execute("DROP POLICY change_keeper ON address_change")
    op.execute("REVOKE INSERT ON address_change FROM asm_keeper")
    op.execute("REVOKE SELECT (code, point) ON digital_address FROM asm_keeper")
    _public(PUBLIC_BEFORE)
