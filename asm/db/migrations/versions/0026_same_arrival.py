"""One person, one stay at a time: periods that overlap are refused, not dates that are equal.

The unique index (facility, person, date of arrival) knew nothing of hours, nights and departures.
An exclusion constraint would say it, but does not span partitions; so a writer locks the row of the
person, for which it needs a right, and looks (`asm.stays.arrivals`).

The version before names the unique index in its INSERT: between this migration and the restart of
the web processes it stores no declaration and says so; each is stored by its resend.
"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# What a stay covers, as `asm.stays.rules.periods` says; a test holds the two together.
ENDS = """
CREATE FUNCTION stay_ends(
  arrived_at timestamptz, planned_departure_at timestamptz, departed_at timestamptz, hourly boolean
) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN departed_at IS NOT NULL THEN departed_at
    WHEN planned_departure_at IS NULL THEN
      arrived_at + CASE WHEN hourly THEN interval '24 hours' ELSE interval '9600 hours' END
    WHEN hourly THEN planned_departure_at
    ELSE greatest(planned_departure_at,
      (date_trunc('day', planned_departure_at AT TIME ZONE 'Asia/Ho_Chi_Minh')
        + interval '12 hours') AT TIME ZONE 'Asia/Ho_Chi_Minh')
  END
$$;
CREATE FUNCTION stays_overlap(
  one_from timestamptz, one_until timestamptz, other_from timestamptz, other_until timestamptz
) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (one_from < other_until AND other_from < one_until) OR one_from = other_from
$$;
"""
# To lock a row one must be allowed to write one of its columns: the one that matters least.
KEYS = """
DROP INDEX stay_natural_key;
CREATE INDEX stay_person ON stay (facility_id, person_ref, arrival_date) WHERE voided_at IS NULL;
GRANT UPDATE (created_at) ON vault.person TO asm_api;
"""
# Stays that a person finds besides their own: those told of them in an earlier version, and those
# of who shares their name. Only people who are known are looked up here.
FOUND = """
CREATE TABLE vault.also_found (
  facility_id uuid NOT NULL,
  person_ref uuid NOT NULL,
  stay_id uuid NOT NULL,
  PRIMARY KEY (facility_id, person_ref, stay_id)
);
GRANT SELECT, INSERT ON vault.also_found TO asm_api;
ALTER TABLE vault.also_found ENABLE ROW LEVEL SECURITY;
ALTER TABLE vault.also_found FORCE ROW LEVEL SECURITY;
CREATE POLICY also_found_members ON vault.also_found TO asm_api USING (facility_id = ANY (
  (SELECT string_to_array(current_setting('asm.facilities', true), ',')::uuid[])::uuid[]));
"""
FORMER = """
DROP TABLE vault.also_found;
DROP FUNCTION stays_overlap(timestamptz, timestamptz, timestamptz, timestamptz);
DROP FUNCTION stay_ends(timestamptz, timestamptz, timestamptz, boolean);
REVOKE UPDATE (created_at) ON vault.person FROM asm_api;
DROP INDEX stay_person;
"""
# Fails where somebody was there twice on one day since: which of the two visits should go, no
# migration may decide.
UNIQUE = """
CREATE UNIQUE INDEX stay_natural_key ON stay (facility_id, person_ref, arrival_date)
  WHERE voided_at IS NULL;
"""


def upgrade() -> None:
    op.execute(ENDS)
    op.execute(KEYS)
    op.execute(FOUND)


def downgrade() -> None:
    op.execute(FORMER)
    op.execute(UNIQUE)
