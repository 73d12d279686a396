"""What the background checks need to know of a stay, and when those that go by time last ran."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# Facts, no identities: who was declared together, child or adult, until when a foreigner may stay,
# and which rules doubted the papers. Empty for stays of before: unknown, and nobody is accused.
COLUMNS = """
ALTER TABLE stay
  ADD COLUMN IF NOT EXISTS party_id uuid,
  ADD COLUMN IF NOT EXISTS age_group text,
  ADD COLUMN IF NOT EXISTS permitted_until date,
  ADD COLUMN IF NOT EXISTS doubts text[];
"""
ROUNDS = """
CREATE TABLE IF NOT EXISTS check_round (
  check_id text PRIMARY KEY,
  ran_until timestamptz,
  next_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  leased_until timestamptz
);
GRANT SELECT, INSERT, UPDATE ON check_round TO asm_worker;
"""
# Ordered by time for those who never see the next one; the database's own clock, as everywhere.
NEW_ID = """
CREATE OR REPLACE FUNCTION new_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING
    substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6
  ), 52, 1), 53, 1), 'hex')::uuid
$$;
"""
#: Name → columns and condition. The partial ones hold what is still open, so that what passes a
#: moment is found by a range of the index, however many stays there have been.
INDEXES = {
    "stay_facility_end": "(facility_id, end_night) WHERE voided_at IS NULL",
    "stay_plan_passes": (
        "(planned_departure_at, facility_id, id) WHERE departed_at IS NULL AND voided_at IS NULL"
    ),
    "stay_without_plan": (
        "(arrived_at, facility_id, id) WHERE planned_departure_at IS NULL "
        "AND departed_at IS NULL AND voided_at IS NULL"
    ),
    "stay_permit_ends": (
        "(permitted_until, facility_id, id) WHERE permitted_until IS NOT NULL "
        "AND planned_departure_at IS NULL AND departed_at IS NULL AND voided_at IS NULL"
    ),
    "stay_late": "(facility_id, received_at) WHERE NOT on_time AND voided_at IS NULL",
    "stay_child": "(facility_id, end_night) WHERE age_group = 'child' AND voided_at IS NULL",
}
PARTITIONS = """
SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'stay'::regclass ORDER BY 1
"""


def upgrade() -> None:
    op.execute(COLUMNS)
    op.execute(ROUNDS)
    op.execute(NEW_ID)
    for name, definition in INDEXES.items():
        op.execute(f"CREATE INDEX IF NOT EXISTS {name} ON ONLY stay {definition}")
    parts = [row[0] for row in op.get_bind().exec_driver_sql(PARTITIONS)]
    # Month by month beside running declarations. Stopped half-way, the columns are there already
    # and every statement from here on may be repeated.
    with op.get_context().autocommit_block():
        for name, definition in INDEXES.items():
            for part in parts:
                own = f"{part}_{name.removeprefix('stay_')}"
                op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {own} ON {part} {definition}")
                op.execute(f"ALTER INDEX {name} ATTACH PARTITION {own}")


def downgrade() -> None:
    for name in INDEXES:
        op.execute(f"DROP INDEX {name}")
    op.execute("DROP FUNCTION new_id()")
    op.execute("DROP TABLE check_round")
    op.execute(
        "ALTER TABLE stay DROP COLUMN party_id, DROP COLUMN age_group, "
        "DROP COLUMN permitted_until, DROP COLUMN doubts"
    )
