"""Whose database it is: the installation, marks of the key files that belong to it, and the note of
the last whole backup.
"""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

# One row at most. Processes read both tables when they start; whoever migrates writes them, as
# which installation it is follows from what is in the database (`asm.install.belonging`).
INSTALLATION = """
CREATE TABLE installation (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  kind text NOT NULL CHECK (kind IN ('real', 'demo')),
  made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE installation_key (
  file text NOT NULL,
  fingerprint text NOT NULL,
  state text NOT NULL CHECK (state IN ('current', 'next', 'former')),
  public_key text,
  noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (file, fingerprint)
);
GRANT SELECT ON installation, installation_key TO asm_api, asm_worker;
"""
# One row at most. No backup takes it along: what comes back elsewhere has none there yet.
LAST_BACKUP = """
CREATE TABLE last_backup (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  taken_at timestamptz NOT NULL,
  bytes bigint NOT NULL CHECK (bytes > 0),
  seconds double precision NOT NULL CHECK (seconds >= 0)
);
GRANT SELECT ON last_backup TO asm_api, asm_worker;
"""
# Counts by channel alone: the worker's own port of figures shows them too.
FIGURES = "GRANT EXECUTE ON FUNCTION deliveries_waiting() TO asm_worker"

# The owner's functions look in `public`, too. One that a login made there, for the very types of a
# call, would come before PostgreSQL's own for any type, and run with the owner's rights: so these
# are called by their whole names. `unnest` of several arrays is PostgreSQL's own in any case.
UNQUALIFIED = r"(?<![.\w])(unnest|cardinality|format|to_char|date_trunc)\((?!\w+, \w+\) WITH)"
QUALIFIED = r"pg_catalog\.(unnest|cardinality|format|to_char|date_trunc)\("
REWRITE = """
DO $rewrite$
DECLARE written text;
BEGIN
  PERFORM similarity('a', 'b');  -- loads the library whose parameter a function sets
  FOR written IN SELECT pg_get_functiondef(oid) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND prosecdef
      AND proowner = 'asm_owner'::regrole AND prosrc ~ '{pattern}' LOOP
    written := regexp_replace(written, '{pattern}', '{call}(', 'g');
    EXECUTE replace(written, '{contains}', '{instead}');
  END LOOP;
END $rewrite$;
"""
CONTAINS, BY_WHOLE_NAME = " @> ", " OPERATOR(pg_catalog.@>) "


def upgrade() -> None:
    op.execute(INSTALLATION)
    op.execute(LAST_BACKUP)
    op.execute(FIGURES)
    rewrite(UNQUALIFIED, r"pg_catalog.\1", CONTAINS, BY_WHOLE_NAME)


def rewrite(pattern: str, call: str, contains: str, instead: str) -> None:
    """Replace the calls in each of the owner's functions that runs with its rights."""
    op.execute(REWRITE.format(pattern=pattern, call=call, contains=contains, instead=instead))


def downgrade() -> None:
    rewrite(QUALIFIED, r"\1", BY_WHOLE_NAME, CONTAINS)
    op.execute("REVOKE EXECUTE ON FUNCTION deliveries_waiting() FROM asm_worker")
    op.execute("DROP TABLE last_backup, installation_key, installation")
