"""Row-level scope: the list of facilities becomes an array once a statement, not once a row.

The cast stood outside the subquery, so each row of a batch turned the whole list from text into an
array again: a third of the processor time of writing 40 stays, half of that of 100.
"""

from alembic import op

revision = "0022"
down_revision = "0018"
branch_labels = None
depends_on = None

# As PostgreSQL prints both forms (pg_get_expr).
EACH_ROW = (
    "(( SELECT string_to_array(current_setting('asm.facilities'::text, true), ','::text) "
    "AS string_to_array))::uuid[]"
)
ONCE = "(SELECT string_to_array(current_setting('asm.facilities', true), ',')::uuid[])::uuid[]"

REWRITE = """
DO $do$
DECLARE
  found record;
  clauses text;
BEGIN
  FOR found IN
    SELECT polname, polrelid::regclass AS place, pg_get_expr(polqual, polrelid) AS used,
      pg_get_expr(polwithcheck, polrelid) AS checked
    FROM pg_policy
    WHERE strpos(pg_get_expr(polqual, polrelid), $old${old}$old$) > 0
      OR strpos(pg_get_expr(polwithcheck, polrelid), $old${old}$old$) > 0
  LOOP
    clauses := '';
    IF found.used IS NOT NULL THEN
      clauses := ' USING (' || replace(found.used, $old${old}$old$, $new${new}$new$) || ')';
    END IF;
    IF found.checked IS NOT NULL THEN
      clauses := clauses
        || ' WITH CHECK (' || replace(found.checked, $old${old}$old$, $new${new}$new$) || ')';
    END IF;
    EXECUTE format('ALTER POLICY %I ON %s', found.polname, found.place) || clauses;
  END LOOP;
END $do$;
"""

# Here the policy is kept out of the index condition: keys and persons are looked up by (facility,
# key) for a whole batch at once, and with the list as a second condition on the same column every
# one of these look-ups goes through the list.
LOOKED_UP = """
ALTER POLICY idempotency_members ON idempotency
  USING (coalesce(facility_id = ANY ({once}), false));
ALTER POLICY person_members ON vault.person
  USING (coalesce(facility_id = ANY ({once}), false));
"""


def upgrade() -> None:
    op.execute(REWRITE.format(old=EACH_ROW, new=ONCE))
    op.execute(LOOKED_UP.format(once=ONCE))


def downgrade() -> None:
    """Both forms say the same of every row: there is nothing to take back."""
