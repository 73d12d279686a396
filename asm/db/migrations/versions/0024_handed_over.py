"""What a ward handed over is looked up only by wards that did: nobody else's statement plans it."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# As sub-selects in the policies, every statement on these tables planned a search through all
# months of stays, though hardly any ward has ever lost a facility. A function is planned when it
# gets that far. With the caller's own rights: row-level security holds inside too.
WANTED = {"stays": "id", "guests": "guest_record_id"}
FUNCTION = """
CREATE FUNCTION handed_over_{name}() RETURNS uuid[]
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  ward text := coalesce(current_setting('asm.ward', true), '');
  places uuid[];
BEGIN
  IF ward = '' THEN
    RETURN '{{}}';
  END IF;
  places := ARRAY(SELECT facility_id FROM facility_ward_past WHERE ward_code = ward);
  IF cardinality(places) = 0 THEN
    RETURN '{{}}';
  END IF;
  RETURN ARRAY(SELECT {column} FROM stay
    WHERE facility_id = ANY (places) AND former_ward_code = ward);
END $$;
REVOKE ALL ON FUNCTION handed_over_{name}() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION handed_over_{name}() TO asm_api;
"""
WARD = "(SELECT current_setting('asm.ward', true))"
# As revision 0020 made it.
HANDED_OVER = f"""
  FROM stay s WHERE s.former_ward_code = {WARD} AND s.facility_id = ANY (
    ARRAY(SELECT facility_id FROM facility_ward_past WHERE ward_code = {WARD}))
"""
BESIDE = ("stay_version", "identity_check", "stay_excuse")


def _policies(stays: str, guests: str) -> None:
    for table in BESIDE:
        op.execute(f"ALTER POLICY {table}_former_ward ON {table} USING (stay_id = ANY ({stays}))")
    op.execute(
        f"ALTER POLICY guest_record_former_ward ON vault.guest_record USING (id = ANY ({guests}))"
    )


def upgrade() -> None:
    for name, column in WANTED.items():
        op.execute(FUNCTION.format(name=name, column=column))
    _policies("(SELECT handed_over_stays())::uuid[]", "(SELECT handed_over_guests())::uuid[]")


def downgrade() -> None:
    _policies(f"ARRAY(SELECT s.id {HANDED_OVER})", f"ARRAY(SELECT s.guest_record_id {HANDED_OVER})")
    op.execute("DROP FUNCTION handed_over_stays(), handed_over_guests()")
