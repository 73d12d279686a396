"""One person, one stay at a time: periods that overlap are refused, not dates that are equal.

The unique index (facility, person, date of arrival) knew nothing of hours, nights and departures.
An exclusion constraint would say it, but does not span partitions; so a writer locks the person and
looks (`asm.stays.arrivals`), and these triggers do the same for a writer that forgets.

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
# A person whom this very transaction wrote has no stays but those of the same statement, so of new
# guests nothing more is asked: that keeps the speed. Anybody else is locked, and then looked at
# with a fresh snapshot: of two writers the second sees what the first has committed.
INSERTED = """
CREATE FUNCTION refuse_overlapping_new_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE fresh record;
BEGIN
  FOR fresh IN
    SELECT told.* FROM (
      SELECT facility_id, id, person_ref, arrival_date, arrived_at, voided_at,
        stay_ends(arrived_at, planned_departure_at, departed_at, hourly) AS ends,
        count(*) OVER (PARTITION BY facility_id, person_ref) AS together
      FROM new_stays
    ) AS told
    WHERE told.voided_at IS NULL AND (told.together > 1 OR (
      SELECT known.xmin <> pg_current_xact_id()::xid FROM vault.person AS known
      WHERE known.facility_id = told.facility_id AND known.ref = told.person_ref))
    ORDER BY told.facility_id, told.person_ref
  LOOP
    PERFORM FROM vault.person AS known
    WHERE known.facility_id = fresh.facility_id AND known.ref = fresh.person_ref
    FOR NO KEY UPDATE;
    IF EXISTS (
      SELECT FROM stay AS there
      WHERE there.facility_id = fresh.facility_id AND there.person_ref = fresh.person_ref
        AND there.id <> fresh.id AND there.voided_at IS NULL
        AND there.arrival_date >= fresh.arrival_date - 401
        AND stays_overlap(there.arrived_at, stay_ends(there.arrived_at, there.planned_departure_at,
          there.departed_at, there.hourly), fresh.arrived_at, fresh.ends)
    ) THEN
      RAISE EXCEPTION 'a stay of the same person overlaps'
        USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'stay_one_at_a_time';
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER stay_one_at_a_time_new AFTER INSERT ON stay
  REFERENCING NEW TABLE AS new_stays
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_overlapping_new_stays();
"""
# Changes that touch neither person nor period (the worker's, of areas) go by at once. What already
# overlapped before may still be mended step by step: refused is only an overlap that comes anew.
UPDATED = """
CREATE FUNCTION refuse_overlapping_changed_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_nestloop = off AS $$
DECLARE fresh record;
BEGIN
  FOR fresh IN
    SELECT told.* FROM (
      SELECT now.facility_id, now.id, now.person_ref, now.arrival_date, now.arrived_at,
        stay_ends(now.arrived_at, now.planned_departure_at, now.departed_at, now.hourly) AS ends,
        was.arrived_at AS was_arrived_at,
        stay_ends(was.arrived_at, was.planned_departure_at, was.departed_at, was.hourly)
          AS was_ends,
        was.voided_at IS NULL AND was.person_ref = now.person_ref AS stood
      FROM changed_stays AS now
      JOIN former_stays AS was ON was.facility_id = now.facility_id AND was.id = now.id
      WHERE now.voided_at IS NULL
    ) AS told
    WHERE NOT told.stood OR told.arrived_at < told.was_arrived_at OR told.ends > told.was_ends
    ORDER BY told.facility_id, told.person_ref
  LOOP
    PERFORM FROM vault.person AS known
    WHERE known.facility_id = fresh.facility_id AND known.ref = fresh.person_ref
    FOR NO KEY UPDATE;
    IF EXISTS (
      SELECT FROM stay AS there
      CROSS JOIN LATERAL (SELECT stay_ends(there.arrived_at, there.planned_departure_at,
        there.departed_at, there.hourly) AS ends) AS there_until
      WHERE there.facility_id = fresh.facility_id AND there.person_ref = fresh.person_ref
        AND there.id <> fresh.id AND there.voided_at IS NULL
        AND there.arrival_date >= fresh.arrival_date - 401
        AND stays_overlap(there.arrived_at, there_until.ends, fresh.arrived_at, fresh.ends)
        AND NOT (fresh.stood AND stays_overlap(there.arrived_at, there_until.ends,
          fresh.was_arrived_at, fresh.was_ends))
    ) THEN
      RAISE EXCEPTION 'a stay of the same person overlaps'
        USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'stay_one_at_a_time';
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER stay_one_at_a_time_changed AFTER UPDATE ON stay
  REFERENCING OLD TABLE AS former_stays NEW TABLE AS changed_stays
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_overlapping_changed_stays();
"""
# To lock a row one must be allowed to write one of its columns: the one that matters least.
KEYS = """
DROP INDEX stay_natural_key;
CREATE INDEX stay_person ON stay (facility_id, person_ref, arrival_date) WHERE voided_at IS NULL;
GRANT UPDATE (created_at) ON vault.person TO asm_api;
"""
FORMER = """
DROP TRIGGER stay_one_at_a_time_new ON stay;
DROP TRIGGER stay_one_at_a_time_changed ON stay;
DROP FUNCTION refuse_overlapping_new_stays(), refuse_overlapping_changed_stays();
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
    op.execute(INSERTED)
    op.execute(UPDATED)
    op.execute(KEYS)


def downgrade() -> None:
    op.execute(FORMER)
    op.execute(UNIQUE)
