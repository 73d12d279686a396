"""What becomes of flags, and what the ward does about a facility: visits, suspensions, messages,
declarations sent back, and declaring for a house that cannot.
"""

from pathlib import Path

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

OFFICER_ASSISTS, WARD_ASSISTS = 100, 300
MINE = (
    "facility_id = ANY "
    "((SELECT string_to_array(current_setting('asm.facilities', true), ',')::uuid[])::uuid[])"
)
WARD = "(SELECT current_setting('asm.ward', true))"
PROVINCE = "(SELECT coalesce(current_setting('asm.province', true), ''))"
ROLE = "(SELECT coalesce(current_setting('asm.role', true), ''))"
ACTOR = "(SELECT nullif(current_setting('asm.actor', true), ''))::uuid"


# Deeds stand under the own name and at the time of the request. An answer, a withdrawal, the end of
# a suspension: once said it stays, so a policy of UPDATE lets through only the row that waits.
def just_now(column: str) -> str:
    """Nobody writes of another time than the request's."""
    return f"{column} BETWEEN clock_timestamp() - interval '10 minutes' AND clock_timestamp()"


HERE = f"facility_id = ANY (ARRAY(SELECT id FROM facility WHERE ward_code = {WARD}))"
# Of a house that moved to another ward, the ward before keeps the nights before, and their flags.
KNOWN = (
    f"facility_id = ANY (ARRAY(SELECT id FROM facility WHERE ward_code = {WARD} "
    f"UNION ALL SELECT facility_id FROM facility_ward_past WHERE ward_code = {WARD}))"
)

# What an officer settled by a call or a correction may come back as new; what was nothing wrong or
# was passed on stays settled.
FLAGS = f"""
ALTER TABLE flag ADD COLUMN outcome text CONSTRAINT flag_outcome_known
    CHECK (outcome IN ('called', 'corrected', 'passed_on', 'nothing_wrong')),
  ADD COLUMN taken_by uuid, ADD COLUMN taken_at timestamptz;
GRANT UPDATE (outcome, taken_by, taken_at) ON flag TO asm_api;
CREATE POLICY flag_settled_by ON flag AS RESTRICTIVE FOR UPDATE TO asm_api USING (true)
  WITH CHECK ((dismissed_by IS NULL OR dismissed_by = {ACTOR})
    AND (dismissed_at IS NULL OR {just_now("dismissed_at")}));
CREATE INDEX flag_open ON flag (ward_code, raised_at)
  WHERE closed_at IS NULL AND dismissed_at IS NULL;
CREATE INDEX flag_by_id ON flag (id);
CREATE INDEX flag_of_stay ON flag (stay_id) WHERE stay_id IS NOT NULL;
"""

RECEIVED = f"(to_ward = {WARD} OR (to_province = {PROVINCE} AND {PROVINCE} <> ''))"

# `to_ward`: of a copy for the other side of a pair, which holds no note and no facility.
DEEDS = f"""
CREATE TABLE flag_deed (
  facility_id uuid NOT NULL,
  id uuid NOT NULL,
  cause text NOT NULL,
  deed text NOT NULL CHECK (deed IN ('taken', 'released', 'noted', 'called', 'corrected',
    'passed_on', 'nothing_wrong', 'undone')),
  note text,
  from_ward text NOT NULL,
  to_ward text,
  actor_id uuid NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (facility_id, id)
);
CREATE INDEX flag_deed_cause ON flag_deed (cause, at);
ALTER TABLE flag_deed ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY flag_deed_read ON flag_deed FOR SELECT TO asm_api
  USING ({HERE} OR to_ward = {WARD} OR from_ward = {WARD});
CREATE POLICY flag_deed_write ON flag_deed FOR INSERT TO asm_api
  WITH CHECK (from_ward = {WARD} AND actor_id = {ACTOR} AND {just_now("at")}
    AND ({KNOWN} OR to_ward IS NOT NULL));
GRANT SELECT, INSERT ON flag_deed TO asm_api;

CREATE TABLE passed_case (
  facility_id uuid NOT NULL,
  id uuid NOT NULL,
  cause text NOT NULL,
  check_id text NOT NULL,
  severity text NOT NULL,
  guests integer NOT NULL,
  facility_name text,
  raised_at timestamptz NOT NULL,
  from_ward text NOT NULL,
  to_ward text,
  to_province text,
  note text NOT NULL,
  passed_by uuid NOT NULL,
  passed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  answer text,
  answered_by uuid,
  answered_at timestamptz,
  withdrawn_at timestamptz,
  PRIMARY KEY (facility_id, id),
  CHECK ((to_ward IS NULL) <> (to_province IS NULL))
);
CREATE INDEX passed_case_to_ward ON passed_case (to_ward, passed_at) WHERE to_ward IS NOT NULL;
CREATE INDEX passed_case_to_province ON passed_case (to_province, passed_at)
  WHERE to_province IS NOT NULL;
ALTER TABLE passed_case ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY passed_case_from ON passed_case FOR SELECT TO asm_api
  USING ({HERE} OR from_ward = {WARD});
CREATE POLICY passed_case_to ON passed_case FOR SELECT TO asm_api
  USING (withdrawn_at IS NULL AND {RECEIVED});
CREATE POLICY passed_case_pass ON passed_case FOR INSERT TO asm_api
  WITH CHECK ({KNOWN} AND from_ward = {WARD} AND passed_by = {ACTOR} AND {just_now("passed_at")}
    AND to_ward IS DISTINCT FROM from_ward
    AND num_nonnulls(answer, answered_by, answered_at, withdrawn_at) = 0);
CREATE POLICY passed_case_withdraw ON passed_case FOR UPDATE TO asm_api
  USING (from_ward = {WARD} AND answered_at IS NULL AND withdrawn_at IS NULL)
  WITH CHECK (from_ward = {WARD} AND num_nonnulls(answer, answered_by, answered_at) = 0
    AND {just_now("withdrawn_at")});
CREATE POLICY passed_case_answer ON passed_case FOR UPDATE TO asm_api
  USING (answered_at IS NULL AND withdrawn_at IS NULL AND {RECEIVED})
  WITH CHECK (withdrawn_at IS NULL AND {RECEIVED} AND answer IS NOT NULL
    AND answered_by = {ACTOR} AND {just_now("answered_at")});
GRANT SELECT, INSERT, UPDATE (answer, answered_by, answered_at, withdrawn_at) ON passed_case
  TO asm_api;
"""

# A suspension is a closure that the ward ordered: its nights count neither as open nor as expected,
# for everybody who reads closures. Only the ward ends it.
SUSPENSIONS = f"""
ALTER TABLE closure ADD COLUMN ordered_by uuid, ADD COLUMN ordered_at timestamptz,
  ADD COLUMN ended_by uuid, ADD COLUMN ended_at timestamptz, ADD COLUMN end_reason text;
GRANT UPDATE (ends_on, ended_by, ended_at, end_reason) ON closure TO asm_api;
CREATE POLICY closure_own ON closure AS RESTRICTIVE FOR DELETE TO asm_api
  USING (ordered_by IS NULL);
CREATE POLICY closure_as_told ON closure AS RESTRICTIVE FOR UPDATE TO asm_api
  USING (ordered_by IS NOT NULL AND ended_at IS NULL AND {ROLE} = 'ward_officer')
  WITH CHECK (ended_by = {ACTOR} AND {just_now("ended_at")} AND end_reason IS NOT NULL);
CREATE POLICY closure_not_ordered ON closure AS RESTRICTIVE FOR INSERT TO asm_api
  WITH CHECK (num_nonnulls(ended_by, ended_at, end_reason) = 0 AND (ordered_by IS NULL
    OR {ROLE} = 'ward_officer' AND ordered_by = {ACTOR} AND {just_now("ordered_at")}));
CREATE POLICY closure_suspend ON closure FOR INSERT TO asm_api
  WITH CHECK ({HERE} AND ordered_by = {ACTOR});
CREATE POLICY closure_resume ON closure FOR UPDATE TO asm_api USING ({HERE});
"""

VISITS = f"""
CREATE TABLE facility_visit (
  facility_id uuid NOT NULL,
  id uuid NOT NULL,
  visited_on date NOT NULL,
  officers text NOT NULL,
  seen text NOT NULL,
  outcomes text[] NOT NULL,
  follow_up_on date,
  corrects uuid,
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (facility_id, id)
);
ALTER TABLE facility_visit ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY facility_visit_ward ON facility_visit TO asm_api USING ({HERE})
  WITH CHECK ({HERE} AND recorded_by = {ACTOR} AND {just_now("recorded_at")});
GRANT SELECT, INSERT ON facility_visit TO asm_api;

CREATE TABLE ward_message (
  facility_id uuid NOT NULL,
  id uuid NOT NULL,
  body text NOT NULL,
  sent_by uuid NOT NULL,
  sent_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (facility_id, id)
);
ALTER TABLE ward_message ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY ward_message_ward ON ward_message TO asm_api USING ({HERE})
  WITH CHECK ({HERE} AND sent_by = {ACTOR} AND {just_now("sent_at")});
CREATE POLICY ward_message_members ON ward_message FOR SELECT TO asm_api USING ({MINE});
CREATE POLICY ward_message_worker ON ward_message FOR SELECT TO asm_worker USING (true);
GRANT SELECT, INSERT ON ward_message TO asm_api;
GRANT SELECT ON ward_message TO asm_worker;

CREATE TABLE stay_return (
  facility_id uuid NOT NULL,
  id uuid NOT NULL,
  stay_id uuid NOT NULL,
  version integer NOT NULL,
  reason text NOT NULL,
  returned_by uuid NOT NULL,
  returned_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  answer text,
  answered_by uuid,
  answered_at timestamptz,
  PRIMARY KEY (facility_id, id)
);
CREATE INDEX stay_return_open ON stay_return (facility_id, stay_id) WHERE answered_at IS NULL;
ALTER TABLE stay_return ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY stay_return_members ON stay_return FOR SELECT TO asm_api USING ({MINE});
CREATE POLICY stay_return_answer ON stay_return FOR UPDATE TO asm_api
  USING ({MINE} AND answered_at IS NULL)
  WITH CHECK ({MINE} AND answer IS NOT NULL AND answered_by = {ACTOR}
    AND {just_now("answered_at")});
CREATE POLICY stay_return_ward ON stay_return FOR SELECT TO asm_api USING ({HERE});
CREATE POLICY stay_return_send ON stay_return FOR INSERT TO asm_api
  WITH CHECK ({HERE} AND returned_by = {ACTOR} AND {just_now("returned_at")}
    AND num_nonnulls(answer, answered_by, answered_at) = 0);
GRANT SELECT, INSERT, UPDATE (answer, answered_by, answered_at) ON stay_return TO asm_api;
CREATE POLICY outbox_ward_deeds ON outbox FOR INSERT TO asm_api WITH CHECK ({HERE} AND topic IN
  ('facility.capacity_changed', 'facility.suspended', 'facility.resumed',
   'facility.messaged', 'stay.returned'));
CREATE POLICY stay_return_worker ON stay_return FOR SELECT TO asm_worker USING (true);
GRANT SELECT ON stay_return TO asm_worker;
"""

# An officer declares for a house of the own ward: nothing but marked as such, under the own name.
# Whoever declares for the own house has another role, or none (the writer of many at once).
# How many guests in 24 hours, by one officer and in one ward, is counted where they are written: a
# process that was taken over fills no ward with stays that nobody lodged.
ASSISTED = f"""
CREATE TABLE assisted_hour (
  account_id uuid NOT NULL,
  ward_code text NOT NULL,
  hour timestamptz NOT NULL,
  guests integer NOT NULL,
  PRIMARY KEY (account_id, ward_code, hour)
);
CREATE INDEX assisted_hour_ward ON assisted_hour (ward_code, hour);
ALTER TABLE assisted_hour ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY assisted_hour_owner ON assisted_hour TO asm_owner USING (true);
CREATE FUNCTION assisted_left() RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT CAST(least(
    {OFFICER_ASSISTS} - coalesce(sum(guests) FILTER (WHERE account_id = {ACTOR}), 0),
    {WARD_ASSISTS} - coalesce(sum(guests) FILTER (WHERE ward_code = {WARD}), 0)) AS integer)
  FROM assisted_hour
  WHERE (account_id = {ACTOR} OR ward_code = {WARD})
    AND hour > clock_timestamp() - interval '24 hours'
$$;
CREATE FUNCTION count_assisted() RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO assisted_hour AS h (account_id, ward_code, hour, guests)
  VALUES ({ACTOR}, {WARD}, pg_catalog.date_trunc('hour', clock_timestamp()), 1)
  ON CONFLICT (account_id, ward_code, hour) DO UPDATE SET guests = h.guests + 1;
  RETURN assisted_left() >= 0;
END $$;
REVOKE ALL ON FUNCTION assisted_left(), count_assisted() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION assisted_left(), count_assisted() TO asm_api;
CREATE POLICY stay_assisted ON stay AS RESTRICTIVE FOR INSERT TO asm_api WITH CHECK (
  {ROLE} <> 'ward_officer'
  OR (via = 'assisted' AND declared_by = {ACTOR} AND ward_code = {WARD} AND count_assisted()));
CREATE POLICY stay_version_assisted ON stay_version AS RESTRICTIVE FOR INSERT TO asm_api
  WITH CHECK ({ROLE} <> 'ward_officer'
    OR (via = 'assisted' AND changed_by = {ACTOR} AND ward_code = {WARD}));
CREATE POLICY facility_by_officer ON facility AS RESTRICTIVE FOR INSERT TO asm_api
  WITH CHECK ({ROLE} <> 'ward_officer' OR (ward_code = {WARD} AND registered_by = {ACTOR}));
"""


def upgrade() -> None:
    op.execute(FLAGS)
    op.execute(Path(__file__).with_name("0034_causes.psql").read_text("utf-8"))
    op.execute(DEEDS)
    op.execute(SUSPENSIONS)
    op.execute(VISITS)
    op.execute(ASSISTED)


def downgrade() -> None:
    op.execute("DROP POLICY facility_by_officer ON facility")
    op.execute("DROP POLICY stay_version_assisted ON stay_version")
    op.execute("DROP POLICY stay_assisted ON stay")
    op.execute("DROP FUNCTION count_assisted(), assisted_left()")
    op.execute("DROP TABLE assisted_hour")
    op.execute("DROP POLICY outbox_ward_deeds ON outbox")
    op.execute("DROP TABLE stay_return, ward_message, facility_visit")
    for policy in ("suspend", "resume", "not_ordered", "as_told", "own"):
        op.execute(f"DROP POLICY closure_{policy} ON closure")
    op.execute("REVOKE UPDATE (ends_on) ON closure FROM asm_api")
    op.execute(
        "ALTER TABLE closure DROP COLUMN ordered_by, DROP COLUMN ordered_at, "
        "DROP COLUMN ended_by, DROP COLUMN ended_at, DROP COLUMN end_reason"
    )
    op.execute("DROP TABLE passed_case, flag_deed")
    op.execute("DROP POLICY flag_settled_by ON flag")
    op.execute("ALTER TABLE flag DROP COLUMN cause")
    op.execute("DROP FUNCTION flag_cause(text, uuid, text, uuid, jsonb, timestamptz)")
    op.execute("DROP INDEX flag_open, flag_by_id, flag_of_stay")
    op.execute("ALTER TABLE flag DROP COLUMN outcome, DROP COLUMN taken_by, DROP COLUMN taken_at")
