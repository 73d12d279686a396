"""Totals by night: what officers read instead of stays, and what is in them of which stay."""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

# Nights of a stay for which its guest is registered later elsewhere, night by night, beside
# superseded_from, which workers of the version before write. And where the guest lives as it was
# told: residence_country falls back to the nationality. NULL: written by the version before.
STAY = """
ALTER TABLE stay ADD COLUMN nights_elsewhere datemultirange, ADD COLUMN residence text;
GRANT UPDATE (nights_elsewhere) ON stay TO asm_worker;
GRANT SELECT (version) ON stay TO asm_keeper;
"""

STATE = """
CREATE TABLE totals_state (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  first_night date,
  last_night date,
  refreshed_at timestamptz,
  checked_at timestamptz,
  checked_from date,
  checked_to date,
  differences integer,
  filling boolean NOT NULL DEFAULT false,
  days_left integer
);
-- An installation that has stored stays before has them all to count: the worker does so. Whether
-- it has is asked of the files: of the rows nobody but the owner's superuser might see one.
INSERT INTO totals_state (filling) SELECT coalesce(sum(pg_relation_size(inhrelid)) > 0, false)
FROM pg_inherits WHERE inhparent = 'stay'::regclass;
"""

# One row for each stay that counts at all. No foreign keys: rows of stays that are gone go too.
LEDGER = """
CREATE TABLE counted_stay (
  facility_id uuid NOT NULL,
  stay_id uuid NOT NULL,
  person_ref uuid NOT NULL,
  ward_code text NOT NULL,
  former_ward_code text,
  ward_since date,
  kind text NOT NULL,
  residence text NOT NULL,
  reason smallint NOT NULL,
  tourism boolean NOT NULL,
  foreigner boolean NOT NULL,
  first_night date NOT NULL,
  end_night date,
  until date NOT NULL,
  nights datemultirange NOT NULL,
  overnight boolean NOT NULL,
  hourly boolean NOT NULL,
  late boolean NOT NULL,
  excused boolean NOT NULL,
  verified boolean NOT NULL,
  askable boolean NOT NULL,
  revisit boolean NOT NULL,
  room_name text,
  PRIMARY KEY (facility_id, stay_id)
) WITH (fillfactor = 85);
CREATE INDEX counted_stay_facility ON counted_stay (facility_id, until);
CREATE INDEX counted_stay_person ON counted_stay (facility_id, person_ref);
-- Who sleeps on a night of these days; on one long ago: who came in the month before it, and those
-- who stayed longer than a month.
CREATE INDEX counted_stay_until ON counted_stay (until);
CREATE INDEX counted_stay_long ON counted_stay (until) WHERE until - first_night > 31;
CREATE INDEX counted_stay_first ON counted_stay (first_night);
"""

COUNTS = (
    "arrivals",
    "foreign_arrivals",
    "departures",
    "guest_nights",
    "foreign_nights",
    "same_day",
    "hourly",
    "declared",
    "late",
    "late_excused",
    "stays",
    "verified",
    "askable",
    "length_1",
    "length_2",
    "length_3",
    "length_4_6",
    "length_7_13",
    "length_14_29",
    "length_30_",
    "length_open",
    "revisits",
)
CAPACITY = (
    "facilities_active",
    "facilities_closed",
    "facilities_stayed",
    "facilities_said",
    "facilities_quiet",
    "rooms_open",
    "beds_open",
    "rooms_all",
    "beds_all",
    "rooms_occupied",
    "known_nights",
)
# By ward first: an officer reads a span of one ward. Rows are changed many times a day.
TOTALS = """
CREATE TABLE night_total (
  night date NOT NULL,
  ward_code text NOT NULL,
  kind text NOT NULL,
  tourism boolean NOT NULL,
  {counts},
  PRIMARY KEY (ward_code, night, kind, tourism)
) WITH (fillfactor = 70);
CREATE INDEX night_total_night ON night_total (night);
CREATE TABLE ward_night (
  night date NOT NULL,
  ward_code text NOT NULL,
  kind text NOT NULL,
  {capacity},
  PRIMARY KEY (ward_code, night, kind)
) WITH (fillfactor = 70);
CREATE INDEX ward_night_night ON ward_night (night);
CREATE TABLE origin_night (
  ward_code text NOT NULL,
  night date NOT NULL,
  kind text NOT NULL,
  residence text NOT NULL,
  reason smallint NOT NULL,
  tourism boolean NOT NULL,
  arrivals integer NOT NULL DEFAULT 0,
  guest_nights integer NOT NULL DEFAULT 0,
  PRIMARY KEY (ward_code, night, kind, residence, reason, tourism)
) WITH (fillfactor = 85);
CREATE INDEX origin_night_night ON origin_night (night);
CREATE TABLE origin_month (
  month date NOT NULL CHECK (extract(day FROM month) = 1),
  province_code text NOT NULL,
  kind text NOT NULL,
  residence text NOT NULL,
  reason smallint NOT NULL,
  tourism boolean NOT NULL,
  arrivals integer NOT NULL DEFAULT 0,
  guest_nights integer NOT NULL DEFAULT 0,
  PRIMARY KEY (province_code, month, residence, kind, reason, tourism)
) WITH (fillfactor = 70);
"""

WARD = "(SELECT current_setting('asm.ward', true))"
PROVINCE = "(SELECT current_setting('asm.province', true))"
MINISTRY = "(SELECT current_setting('asm.role', true)) = 'ministry_officer'"
OF_PROVINCE = f"ward_code = ANY (ARRAY(SELECT code FROM ward WHERE province_code = {PROVINCE}))"

# Counts, exact: a ward's for its officer, those of its wards for a province, all for the ministry.
BY_WARD = ("night_total", "ward_night", "origin_night")

# Who changes a house's capacity says so: its people by the policy for all of theirs, the ward here,
# and the keeper for the houses and stays that a change of areas moves.
EVENTS = f"""
CREATE POLICY outbox_capacity ON outbox FOR INSERT TO asm_api
  WITH CHECK (topic IN ('facility.capacity_changed', 'facility.quiet_said')
    AND facility_id = ANY (ARRAY(SELECT id FROM facility WHERE ward_code = {WARD})));
CREATE POLICY outbox_keeper ON outbox FOR INSERT TO asm_keeper
  WITH CHECK (topic IN ('facility.capacity_changed', 'stay.recount'));
GRANT INSERT ON outbox TO asm_keeper;
"""


def _secure() -> None:
    for table in (*BY_WARD, "origin_month", "totals_state", "counted_stay"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_worker ON {table} TO asm_worker USING (true)")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO asm_worker")
    for table in BY_WARD:
        _readable(table, "ward", f"ward_code = {WARD}")
        _readable(table, "province", OF_PROVINCE)
        _readable(table, "ministry", MINISTRY)
        op.execute(f"GRANT SELECT ON {table} TO asm_api")
    _readable("origin_month", "province", f"province_code = {PROVINCE}")
    _readable("origin_month", "ministry", MINISTRY)
    _readable("totals_state", "all", "true")
    op.execute("GRANT SELECT ON origin_month, totals_state TO asm_api")


def _readable(table: str, who: str, which: str) -> None:
    op.execute(f"CREATE POLICY {table}_{who} ON {table} FOR SELECT TO asm_api USING ({which})")


def _columns(names: tuple[str, ...]) -> str:
    return ",\n  ".join(f"{name} integer NOT NULL DEFAULT 0" for name in names)


def upgrade() -> None:
    op.execute(STAY)
    op.execute(STATE)
    op.execute(LEDGER)
    op.execute(TOTALS.format(counts=_columns(COUNTS), capacity=_columns(CAPACITY)))
    _secure()
    op.execute(EVENTS)


def downgrade() -> None:
    op.execute("REVOKE INSERT ON outbox FROM asm_keeper")
    op.execute("DROP POLICY outbox_keeper ON outbox")
    op.execute("DROP POLICY outbox_capacity ON outbox")
    op.execute(
        "DROP TABLE origin_month, origin_night, ward_night, night_total, counted_stay, totals_state"
    )
    op.execute("REVOKE SELECT (version) ON stay FROM asm_keeper")
    op.execute("ALTER TABLE stay DROP COLUMN nights_elsewhere, DROP COLUMN residence")
