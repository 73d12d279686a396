"""Totals rolled up: by province and by month, so that a country's month is a page; and revisions.

A month of the country is half a million rows by ward and night; here it is some thousand. Triggers
keep them, for whatever writes the totals: workers (one at a time), a first fill, a rebuild.
"""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

COUNTS = (
    "arrivals", "foreign_arrivals", "departures", "guest_nights", "foreign_nights", "same_day",
    "hourly", "declared", "late", "late_excused", "stays", "verified", "askable", "length_1",
    "length_2", "length_3", "length_4_6", "length_7_13", "length_14_29", "length_30_",
    "length_open", "revisits",
)  # fmt: skip
HOUSES = (
    "facilities_active", "facilities_closed", "facilities_stayed", "facilities_said",
    "facilities_quiet", "rooms_open", "beds_open", "rooms_all", "beds_all", "rooms_occupied",
    "known_nights",
)  # fmt: skip
GUESTS = ("arrivals", "guest_nights")

TABLES = """
CREATE TABLE province_total (
  province_code text NOT NULL,
  night date NOT NULL,
  kind text NOT NULL,
  tourism boolean NOT NULL,
  {counts},
  PRIMARY KEY (province_code, night, kind, tourism)
) WITH (fillfactor = 70);
CREATE INDEX province_total_night ON province_total (night);
CREATE TABLE province_night (
  province_code text NOT NULL,
  night date NOT NULL,
  kind text NOT NULL,
  {houses},
  PRIMARY KEY (province_code, night, kind)
) WITH (fillfactor = 70);
CREATE INDEX province_night_night ON province_night (night);
CREATE TABLE ward_flow (
  ward_code text NOT NULL,
  month date NOT NULL,
  residence text NOT NULL,
  tourism boolean NOT NULL,
  {guests},
  PRIMARY KEY (ward_code, month, residence, tourism)
) WITH (fillfactor = 80);
CREATE TABLE province_flow (
  province_code text NOT NULL,
  month date NOT NULL,
  residence text NOT NULL,
  tourism boolean NOT NULL,
  {guests},
  PRIMARY KEY (province_code, month, residence, tourism)
) WITH (fillfactor = 70);
"""
# How much of nights was changed after their week of corrections. A recount of what was there says
# that it is one (asm.recounting) and is no revision.
CORRECTIONS = """
CREATE TABLE night_correction (
  ward_code text NOT NULL,
  night date NOT NULL,
  kind text NOT NULL,
  corrected integer NOT NULL,
  PRIMARY KEY (ward_code, night, kind)
);
CREATE INDEX night_correction_night ON night_correction (night);
"""
CORRECTED = """
INSERT INTO night_correction AS t (ward_code, night, kind, corrected)
SELECT d.ward_code, d.night, d.kind, sum(d.corrected) FROM (
  SELECT c.ward_code, c.night, c.kind, c.tourism,
    greatest(abs(sum(c.sign * c.arrivals)), abs(sum(c.sign * c.guest_nights))) AS corrected
  FROM ({changed}) AS c
  WHERE c.night < (SELECT last_night - 7 FROM totals_state)
    AND coalesce(current_setting('asm.recounting', true), '') = ''
  GROUP BY 1, 2, 3, 4
) d WHERE d.corrected > 0 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
ON CONFLICT (ward_code, night, kind) DO UPDATE SET corrected = t.corrected + excluded.corrected;
"""
MONTH = "CAST(date_trunc('month', c.night) AS date)"
#: Table of totals, table that it is rolled up into, its key and where each column comes from.
ROLLS = (
    (
        "night_total", "province_total",
        ("w.province_code", "c.night", "c.kind", "c.tourism"),
        ("province_code", "night", "kind", "tourism"), COUNTS,
    ),
    (
        "ward_night", "province_night",
        ("w.province_code", "c.night", "c.kind"), ("province_code", "night", "kind"), HOUSES,
    ),
    (
        "origin_night", "ward_flow",
        ("c.ward_code", MONTH, "c.residence", "c.tourism"),
        ("ward_code", "month", "residence", "tourism"), GUESTS,
    ),
    (
        "origin_night", "province_flow",
        ("w.province_code", MONTH, "c.residence", "c.tourism"),
        ("province_code", "month", "residence", "tourism"), GUESTS,
    ),
)  # fmt: skip
#: What was changed by each kind of statement, as rows with a sign.
CHANGED = {
    "INSERT": "SELECT 1 AS sign, n.* FROM added n",
    "UPDATE": (
        "SELECT 1 AS sign, n.* FROM added n UNION ALL SELECT -1 AS sign, o.* FROM removed o"
    ),
    "DELETE": "SELECT -1 AS sign, o.* FROM removed o",
}
REFERENCING = {
    "INSERT": "NEW TABLE AS added",
    "UPDATE": "OLD TABLE AS removed NEW TABLE AS added",
    "DELETE": "OLD TABLE AS removed",
}
ROLL = """
INSERT INTO {into} AS t ({names}, {measures})
SELECT {origins}, {sums} FROM ({changed}) AS c JOIN ward w ON w.code = c.ward_code
GROUP BY {numbers} HAVING {differs} ORDER BY {numbers}
ON CONFLICT ({names}) DO UPDATE SET {added};
"""
FUNCTION = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
{statements}
RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION {name}() FROM PUBLIC;
"""
TRIGGER = """
CREATE TRIGGER {name} AFTER {event} ON {table} {referencing}
FOR EACH STATEMENT EXECUTE FUNCTION {name}();
"""

WARD = "(SELECT current_setting('asm.ward', true))"
PROVINCE = "(SELECT current_setting('asm.province', true))"
MINISTRY = "(SELECT current_setting('asm.role', true)) = 'ministry_officer'"
OF_PROVINCE = f"ward_code = ANY (ARRAY(SELECT code FROM ward WHERE province_code = {PROVINCE}))"
BY_PROVINCE = ("province_total", "province_night", "province_flow")
BY_WARD = ("ward_flow", "night_correction")

# What a ward's officer may know of the wards around: sums of whole months whose corrections are
# closed, of all other wards of the province together, without a choice of anything. Fewer than ten
# arrivals or nights, or fewer than five wards behind them, are not told. Other wards are those that
# the officer does not work in at all: in whose figures stand exactly would be subtracted.
OUTLINE = f"""
CREATE POLICY ward_flow_owner ON ward_flow FOR SELECT TO asm_owner USING (true);
CREATE FUNCTION province_outline(closed_before date)
RETURNS TABLE (month date, arrivals bigint, guest_nights bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT f.month,
    CASE WHEN count(*) FILTER (WHERE f.arrivals > 0) >= 5
      AND sum(f.arrivals) >= 10 THEN CAST(sum(f.arrivals) AS bigint) END,
    CASE WHEN count(*) FILTER (WHERE f.guest_nights > 0) >= 5
      AND sum(f.guest_nights) >= 10 THEN CAST(sum(f.guest_nights) AS bigint) END
  FROM (
    SELECT c.ward_code, c.month, sum(c.arrivals) AS arrivals, sum(c.guest_nights) AS guest_nights
    FROM ward_flow c JOIN ward w ON w.code = c.ward_code
    WHERE w.province_code = (SELECT own.province_code FROM ward own WHERE own.code = {WARD})
      AND c.ward_code <> {WARD}
      AND NOT EXISTS (
        SELECT FROM account a LEFT JOIN officer_ward o ON o.account_id = a.id
        WHERE a.id::text = (SELECT current_setting('asm.actor', true))
          AND c.ward_code IN (a.ward_code, o.ward_code))
      AND (SELECT current_setting('asm.role', true)) = 'ward_officer'
      AND c.month + interval '1 month'
        <= least(closed_before, CAST(now() AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date) - 7)
    GROUP BY c.ward_code, c.month
  ) f
  GROUP BY f.month ORDER BY f.month DESC LIMIT 12
$$;
REVOKE ALL ON FUNCTION province_outline(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION province_outline(date) TO asm_api;
"""

# Forecasts, kept for a night: whoever may read an area's figures may keep what follows from them.
FORECASTS = """
CREATE TABLE kept_forecast (
  area text NOT NULL,
  narrowing text NOT NULL,
  first_night date NOT NULL,
  fitted_at timestamptz NOT NULL,
  content bytea NOT NULL,
  PRIMARY KEY (area, narrowing)
);
ALTER TABLE kept_forecast ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, DELETE ON kept_forecast TO asm_api;
"""
OF_FORECASTS = {
    "ward": f"area = 'ward:' || {WARD}",
    "province": f"""area = 'province:' || {PROVINCE} OR area = ANY (
      ARRAY(SELECT 'ward:' || code FROM ward WHERE province_code = {PROVINCE}))""",
    "ministry": MINISTRY,
}


def _roll(table: str, event: str) -> str:
    statements = ""
    for source, into, origins, names, measures in ROLLS:
        if source == table:
            numbers = ", ".join(str(number + 1) for number in range(len(names)))
            sums = [f"sum(c.sign * c.{name})" for name in measures]
            statements += ROLL.format(
                into=into,
                names=", ".join(names),
                measures=", ".join(measures),
                origins=", ".join(origins),
                sums=", ".join(sums),
                changed=CHANGED[event],
                numbers=numbers,
                differs=" OR ".join(f"{each} <> 0" for each in sums),
                added=", ".join(f"{name} = t.{name} + excluded.{name}" for name in measures),
            )
    if table == "night_total":
        statements += CORRECTED.format(changed=CHANGED[event])
    return statements


def _empty(table: str) -> str:
    return "".join(f"DELETE FROM {into};\n" for source, into, *_ in ROLLS if source == table)


def _triggers(table: str) -> None:
    for event, referencing in REFERENCING.items():
        name = f"roll_up_{table}_{event.lower()}"
        op.execute(FUNCTION.format(name=name, statements=_roll(table, event)))
        op.execute(
            TRIGGER.format(
                name=name, event=event, table=table, referencing=f"REFERENCING {referencing}"
            )
        )
    name = f"roll_up_{table}_truncate"
    op.execute(FUNCTION.format(name=name, statements=_empty(table)))
    op.execute(TRIGGER.format(name=name, event="TRUNCATE", table=table, referencing=""))


def _fill() -> None:
    """What stands in the totals already."""
    for source, into, origins, names, measures in ROLLS:
        op.execute(
            f"INSERT INTO {into} ({', '.join(names)}, {', '.join(measures)}) "
            f"SELECT {', '.join(origins)}, {', '.join(f'sum(c.{name})' for name in measures)} "
            f"FROM {source} c JOIN ward w ON w.code = c.ward_code "
            f"GROUP BY {', '.join(str(number + 1) for number in range(len(names)))}"
        )


def _secure() -> None:
    for table in (*BY_PROVINCE, *BY_WARD):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_worker ON {table} TO asm_worker USING (true)")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO asm_worker")
        op.execute(f"GRANT SELECT ON {table} TO asm_api")
        _readable(table, "ministry", MINISTRY)
    for table in BY_PROVINCE:
        _readable(table, "province", f"province_code = {PROVINCE}")
    for table in BY_WARD:
        _readable(table, "ward", f"ward_code = {WARD}")
        _readable(table, "province", OF_PROVINCE)


def _readable(table: str, who: str, which: str) -> None:
    op.execute(f"CREATE POLICY {table}_{who} ON {table} FOR SELECT TO asm_api USING ({which})")


def _columns(names: tuple[str, ...]) -> str:
    return ",\n  ".join(f"{name} integer NOT NULL DEFAULT 0" for name in names)


def upgrade() -> None:
    op.execute(
        TABLES.format(counts=_columns(COUNTS), houses=_columns(HOUSES), guests=_columns(GUESTS))
    )
    op.execute(CORRECTIONS)
    _fill()
    _secure()
    for table in ("night_total", "ward_night", "origin_night"):
        _triggers(table)
    op.execute(OUTLINE)
    op.execute(FORECASTS)
    for who, which in OF_FORECASTS.items():
        op.execute(f"CREATE POLICY kept_forecast_{who} ON kept_forecast TO asm_api USING ({which})")


def downgrade() -> None:
    op.execute("DROP TABLE kept_forecast")
    op.execute("DROP FUNCTION province_outline(date)")
    for table in ("night_total", "ward_night", "origin_night"):
        for event in ("insert", "update", "delete", "truncate"):
            op.execute(f"DROP TRIGGER roll_up_{table}_{event} ON {table}")
            op.execute(f"DROP FUNCTION roll_up_{table}_{event}()")
    op.execute(
        "DROP TABLE night_correction, province_flow, ward_flow, province_night, province_total"
    )
