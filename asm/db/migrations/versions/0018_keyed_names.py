"""Keyed hashes of names, by the index key: to see one document declared with two names."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# Empty for records of before, which then agree with any name, until the index key is next rotated.
COLUMNS = """
ALTER TABLE vault.guest_record ADD COLUMN name_a bytea, ADD COLUMN name_b bytea;
GRANT SELECT (name_a, name_b) ON vault.guest_record TO asm_worker;
GRANT UPDATE (name_a, name_b) ON vault.guest_record TO asm_keeper;
"""


def upgrade() -> None:
    op.execute(COLUMNS)


def downgrade() -> None:
    op.execute("ALTER TABLE vault.guest_record DROP COLUMN name_a, DROP COLUMN name_b")
