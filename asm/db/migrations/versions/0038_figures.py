"""Totals rolled up: by province and by month, so that a country's month is a page; and revisions.

A month of the country is half a million rows by ward and night; here it is some thousand. Triggers
keep them, for whatever writes the totals: workers (one at a time), a first fill, a rebuild.
"""

from pathlib import Path

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
#: Tables with their keys.
Rolls = tuple[tuple[str, tuple[str, ...]], ...]
#: Table of totals, what is counted in it, and the tables that it is rolled up into, each with its
#: key in the order in which it is read. `night` and `month` (its first day) are when.
ROLLS = (
    (
        "night_total", COUNTS,
        (
            ("province_total", ("province_code", "night", "kind", "tourism")),
            ("country_total", ("night", "kind", "tourism")),
        ),
    ),
    (
        "ward_night", HOUSES,
        (
            ("province_night", ("province_code", "night", "kind")),
            ("country_night", ("night", "kind")),
        ),
    ),
    (
        "origin_night", GUESTS,
        (
            ("ward_flow", ("ward_code", "month", "residence", "tourism")),
            ("province_flow", ("province_code", "month", "residence", "tourism")),
            ("country_flow", ("month", "residence", "tourism")),
            ("province_flow_night", ("province_code", "night", "residence", "tourism")),
            ("country_flow_night", ("night", "residence", "tourism")),
            ("ward_reason", ("ward_code", "month", "kind", "reason", "tourism")),
            ("province_reason", ("province_code", "month", "kind", "reason", "tourism")),
            ("province_reason_night", ("province_code", "night", "kind", "reason", "tourism")),
            ("ward_origin", ("ward_code", "month", "residence", "kind", "reason", "tourism")),
            ("country_origin", ("month", "residence", "kind", "reason", "tourism")),
            (
                "province_origin_night",
                ("province_code", "residence", "night", "kind", "reason", "tourism"),
            ),
            ("country_reason_night", ("night", "kind", "reason", "tourism")),
            ("country_origin_night", ("residence", "night", "kind", "reason", "tourism")),
        ),
    ),
)  # fmt: skip
ORIGINS = {
    "province_code": "w.province_code",
    "month": "CAST(date_trunc('month', c.night) AS date)",
}
TYPES = {"night": "date", "month": "date", "tourism": "boolean", "reason": "smallint"}
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
# All rolls of a table in one statement, from its changes summed once.
CELLS = """
WITH cells AS MATERIALIZED (
  SELECT {keys}, {sums} FROM ({changed}) AS c JOIN ward w ON w.code = c.ward_code
  GROUP BY {numbers} HAVING {differs}
)"""
ROLL = """INSERT INTO {into} AS t ({names}, {measures})
SELECT {names}, {sums} FROM cells c GROUP BY {names} HAVING {differs} ORDER BY {names}
ON CONFLICT ({names}) DO UPDATE SET {added}"""
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


def _cells(table: str, changed: str) -> str:
    """What `changed`, rows of a table with a sign, comes to by all that its rolls are by."""
    measures, rolls = _rolled(table)
    keys = sorted({key for _, names in rolls for key in names})
    sums = [f"sum(c.sign * c.{name})" for name in measures]
    return CELLS.format(
        keys=", ".join(f"{ORIGINS.get(key, f'c.{key}')} AS {key}" for key in keys),
        sums=", ".join(f"{each} AS {name}" for each, name in zip(sums, measures, strict=True)),
        changed=changed,
        numbers=", ".join(str(number + 1) for number in range(len(keys))),
        differs=" OR ".join(f"{each} <> 0" for each in sums),
    )


def _roll(table: str, changed: str) -> str:
    """The statement that rolls up `changed`, rows of `table` with a sign."""
    measures, rolls = _rolled(table)
    sums = [f"sum(c.{name})" for name in measures]
    *parts, last = (
        ROLL.format(
            into=into,
            names=", ".join(names),
            measures=", ".join(measures),
            sums=", ".join(sums),
            differs=" OR ".join(f"{each} <> 0" for each in sums),
            added=", ".join(f"{name} = t.{name} + excluded.{name}" for name in measures),
        )
        for into, names in rolls
    )
    rest = "".join(f", part_{number} AS (\n{part}\n)" for number, part in enumerate(parts))
    return f"{_cells(table, changed)}{rest}\n{last};\n"


def _rolled(table: str) -> tuple[tuple[str, ...], Rolls]:
    return next((measures, rolls) for source, measures, rolls in ROLLS if source == table)


def _empty(table: str) -> str:
    return "".join(f"DELETE FROM {into};\n" for into, _ in _rolled(table)[1])


def _triggers(table: str) -> None:
    for event, referencing in REFERENCING.items():
        name = f"roll_up_{table}_{event.lower()}"
        statements = _roll(table, CHANGED[event])
        if table == "night_total":
            statements += CORRECTED.format(changed=CHANGED[event])
        op.execute(FUNCTION.format(name=name, statements=statements))
        op.execute(
            TRIGGER.format(
                name=name, event=event, table=table, referencing=f"REFERENCING {referencing}"
            )
        )
    name = f"roll_up_{table}_truncate"
    op.execute(FUNCTION.format(name=name, statements=_empty(table)))
    op.execute(TRIGGER.format(name=name, event="TRUNCATE", table=table, referencing=""))


def _create() -> None:
    """The tables; totals are empty until the first fill."""
    for _, measures, rolls in ROLLS:
        for table, names in rolls:
            keys = ", ".join(f"{name} {TYPES.get(name, 'text')} NOT NULL" for name in names)
            op.execute(
                f"CREATE TABLE {table} ({keys}, {_columns(measures)}, "
                f"PRIMARY KEY ({', '.join(names)})) WITH (fillfactor = 70)"
            )
            if "night" in names[1:]:
                op.execute(f"CREATE INDEX {table}_night ON {table} (night)")


def _secure() -> None:
    """A ward's rows for its officer, a province's for its own, all for the ministry."""
    first_keys = {table: names[0] for *_, rolls in ROLLS for table, names in rolls}
    for table, first in (first_keys | {"night_correction": "ward_code"}).items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_worker ON {table} TO asm_worker USING (true)")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO asm_worker")
        op.execute(f"GRANT SELECT ON {table} TO asm_api")
        _readable(table, "ministry", MINISTRY)
        if first == "province_code":
            _readable(table, "province", f"province_code = {PROVINCE}")
        if first == "ward_code":
            _readable(table, "ward", f"ward_code = {WARD}")
            _readable(table, "province", OF_PROVINCE)


def _readable(table: str, who: str, which: str) -> None:
    op.execute(f"CREATE POLICY {table}_{who} ON {table} FOR SELECT TO asm_api USING ({which})")


def _columns(names: tuple[str, ...]) -> str:
    return ",\n  ".join(f"{name} integer NOT NULL DEFAULT 0" for name in names)


def upgrade() -> None:
    op.execute(CORRECTIONS)
    _create()
    _secure()
    for table in ("night_total", "ward_night", "origin_night"):
        _triggers(table)
    op.execute(Path(__file__).with_name("0038_outline.psql").read_text("utf-8"))
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
    op.execute("DROP TABLE night_correction")
    for *_, rolls in ROLLS:
        for table, _ in rolls:
            op.execute(f"DROP TABLE {table}")
