"""A night keeps the ward of its day, its guests too; what else follows a change of areas."""

from alembic import op

revision = "0020"
down_revision = "0018"
branch_labels = None
depends_on = None

WARD = "(SELECT current_setting('asm.ward', true))"
# Begins at the facilities that moved, which are few and mostly none, and is read once a statement.
HANDED_OVER = f"""
  FROM stay s WHERE s.former_ward_code = {WARD} AND s.facility_id = ANY (
    ARRAY(SELECT facility_id FROM facility_ward_past WHERE ward_code = {WARD}))
"""
#: The stays' own tables: what a night's list reads beside the stay.
BESIDE = ("stay_version", "identity_check", "stay_excuse")
POLICIES = "".join(
    f"CREATE POLICY {table}_former_ward ON {table} FOR SELECT TO asm_api "
    f"USING (stay_id = ANY (ARRAY(SELECT s.id {HANDED_OVER})));\n"
    for table in BESIDE
)
GUESTS = f"""
CREATE POLICY guest_record_former_ward ON vault.guest_record FOR SELECT TO asm_api
  USING (id = ANY (ARRAY(SELECT s.guest_record_id {HANDED_OVER})));
"""
KEEPER = """
GRANT SELECT (facility_id, stay_id, ward_code), UPDATE (ward_code) ON stay_excuse TO asm_keeper;
CREATE POLICY stay_excuse_keeper ON stay_excuse TO asm_keeper USING (true);
GRANT SELECT (closed_at, dismissed_at) ON flag TO asm_keeper;
"""


def upgrade() -> None:
    for part in (POLICIES, GUESTS, KEEPER):
        op.execute(part)


def downgrade() -> None:
    op.execute("REVOKE SELECT (closed_at, dismissed_at) ON flag FROM asm_keeper")
    op.execute("DROP POLICY stay_excuse_keeper ON stay_excuse")
    op.execute("REVOKE ALL ON stay_excuse FROM asm_keeper")
    op.execute("DROP POLICY guest_record_former_ward ON vault.guest_record")
    for table in BESIDE:
        op.execute(f"DROP POLICY {table}_former_ward ON {table}")
