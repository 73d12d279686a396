"""Several wards for one officer; "no guests tonight"; who was called, and what a shift hands on."""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

MINE = (
    "facility_id = ANY "
    "((SELECT string_to_array(current_setting('asm.facilities', true), ',')::uuid[])::uuid[])"
)
WARD = "ward_code = (SELECT current_setting('asm.ward', true))"
ACTOR = "(SELECT nullif(current_setting('asm.actor', true), ''))::uuid"


def just_now(column: str) -> str:
    """Nobody writes of another time than the request's."""
    return f"{column} BETWEEN clock_timestamp() - interval '10 minutes' AND clock_timestamp()"


# Beside the ward that an account belongs to (`account.ward_code`). Read before any scope is open,
# as the account is, so it has no policy.
OFFICERS = """
CREATE TABLE officer_ward (
  account_id uuid NOT NULL REFERENCES account,
  ward_code text NOT NULL REFERENCES ward,
  given_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  given_by uuid NOT NULL,
  PRIMARY KEY (account_id, ward_code)
);
CREATE INDEX officer_ward_ward ON officer_ward (ward_code);
ALTER TABLE web_session ADD COLUMN ward_code text REFERENCES ward;
GRANT SELECT, INSERT, DELETE ON officer_ward TO asm_api;
GRANT SELECT (account_id, ward_code) ON officer_ward TO asm_worker;
GRANT SELECT (account_id, ward_code) ON officer_ward TO asm_keeper;
GRANT UPDATE (ward_code) ON web_session TO asm_api;
"""
# The ward is that of the night: a change of areas moves no night before it.
QUIET = f"""
CREATE TABLE quiet_night (
  facility_id uuid NOT NULL,
  night date NOT NULL,
  ward_code text NOT NULL,
  said_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  said_by uuid NOT NULL,
  via text NOT NULL,
  PRIMARY KEY (facility_id, night)
);
CREATE INDEX quiet_night_ward ON quiet_night (ward_code, night);
ALTER TABLE quiet_night ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY quiet_night_members ON quiet_night TO asm_api USING ({MINE})
  WITH CHECK ({MINE} AND said_by = {ACTOR} AND {just_now("said_at")});
CREATE POLICY quiet_night_ward ON quiet_night FOR SELECT TO asm_api USING ({WARD});
CREATE POLICY quiet_night_worker ON quiet_night TO asm_worker USING (true);
GRANT SELECT, INSERT, DELETE ON quiet_night TO asm_api;
GRANT SELECT, DELETE ON quiet_night TO asm_worker;
CREATE POLICY quiet_night_keeper ON quiet_night TO asm_keeper USING (true);
GRANT SELECT (facility_id, night, ward_code), UPDATE (ward_code) ON quiet_night TO asm_keeper;
"""
# The pages of a night read all rooms of a ward: each was looked for in an array of all its houses.
ROOM_WARD = "ALTER POLICY room_ward ON room USING (facility_id {})"
IN_WARD = f"IN (SELECT id FROM facility WHERE {WARD})"
ANY_OF_WARD = f"= ANY (ARRAY(SELECT id FROM facility WHERE {WARD}))"
# Notes are the ward's own, as those of flags are: nobody else reads them, no log repeats them. What
# somebody said stands under their own name and at the time when they said it, and once taken over
# stays so: whoever may change a row may only change one that waits.
CALLS = f"""
CREATE TABLE silence_call (
  ward_code text NOT NULL,
  id uuid NOT NULL,
  night date NOT NULL,
  facility_id uuid NOT NULL,
  called_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  called_by uuid NOT NULL REFERENCES account,
  outcome text NOT NULL,
  note text NOT NULL,
  PRIMARY KEY (ward_code, id)
);
CREATE INDEX silence_call_night ON silence_call (ward_code, night, called_at);
ALTER TABLE silence_call ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY silence_call_ward ON silence_call TO asm_api USING ({WARD})
  WITH CHECK ({WARD} AND called_by = {ACTOR} AND {just_now("called_at")});
GRANT SELECT, INSERT ON silence_call TO asm_api;
CREATE TABLE shift_note (
  ward_code text NOT NULL,
  id uuid NOT NULL,
  written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  written_by uuid NOT NULL REFERENCES account,
  note text NOT NULL,
  taken_at timestamptz,
  taken_by uuid REFERENCES account,
  PRIMARY KEY (ward_code, id),
  CHECK ((taken_at IS NULL) = (taken_by IS NULL))
);
CREATE INDEX shift_note_written ON shift_note (ward_code, written_at);
ALTER TABLE shift_note ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY shift_note_ward ON shift_note FOR SELECT TO asm_api USING ({WARD});
CREATE POLICY shift_note_write ON shift_note FOR INSERT TO asm_api WITH CHECK (
  {WARD} AND written_by = {ACTOR} AND {just_now("written_at")} AND taken_at IS NULL);
CREATE POLICY shift_note_take ON shift_note FOR UPDATE TO asm_api
  USING ({WARD} AND taken_at IS NULL)
  WITH CHECK ({WARD} AND taken_by = {ACTOR} AND {just_now("taken_at")});
GRANT SELECT, INSERT, UPDATE (taken_at, taken_by) ON shift_note TO asm_api;
"""


def upgrade() -> None:
    for part in (OFFICERS, QUIET, CALLS, ROOM_WARD.format(IN_WARD)):
        op.execute(part)


def downgrade() -> None:
    op.execute(ROOM_WARD.format(ANY_OF_WARD))
    op.execute("DROP TABLE shift_note, silence_call, quiet_night")
    op.execute("ALTER TABLE web_session DROP COLUMN ward_code")
    op.execute("DROP TABLE officer_ward")
