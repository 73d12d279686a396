"""pgbench beside the product: the same rows in one statement, with nothing else done for them.

The statement is made from a declaration that the product has just stored: its columns, widths and
contents, with fresh ids, keys and indexes. pgbench plans it once (`-M prepared`) and writes as the
superuser, so without row-level security: the limit of one commit for one declaration.
"""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
from psycopg import sql

from asm.errors import ConfigurationError
from benchmarks.rig import HOUSES, Rig

CLIENTS = 16
_V7 = (
    "(lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') || '7'"
    " || substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid"
)
_HOUSE = "('00000000-0000-7000-8001-' || lpad(to_hex(CAST(:f AS bigint)), 12, '0'))::uuid"
_BYTES = "decode(md5(random()::text) || md5(random()::text), 'hex')"
#: What must be new in each row; the rest is as the product wrote it. `told` is made once for each.
_FRESH: Mapping[str, Mapping[str, str]] = {
    "vault.person": {"ref": "told.person", "index_a": _BYTES, "index_b": _BYTES},
    "vault.guest_record": {"id": "told.record", "person_ref": "told.person"},
    "stay": {"id": "told.stay", "person_ref": "told.person", "guest_record_id": "told.record"},
    "stay_version": {"stay_id": "told.stay", "guest_record_id": "told.record"},
    "idempotency": {"key": "told.key::text"},
    "audit_entry": {"id": "told.audit"},
    "outbox": {"id": "told.outbox"},
}
_PLAIN = """
\\set f random(0, 199)
WITH told AS MATERIALIZED (SELECT {v7} AS stay, {v7} AS audit, {v7} AS event),
one AS (INSERT INTO stay
  SELECT stay, {house},
  'Nguyễn Văn Mẫu', '1980-05-05', 'male', 1, '001080123456', 1, '79', now(), now(), '101', 1, now()
  FROM told),
two AS (INSERT INTO audit_entry SELECT audit, stay, now(), 'declared', '{{"via": "api"}}' FROM told)
INSERT INTO outbox SELECT event, 'stay.changed',
  jsonb_build_object('stay_id', stay, 'version', 1), now() FROM told;
"""


def plain_script() -> str:
    """The three rows that the peers write."""
    return _PLAIN.format(v7=_V7, house=_HOUSE)


def product_script(rig: Rig) -> str:
    """All rows of one declaration, as the newest one has them."""
    with psycopg.connect(rig.admin_url) as connection:
        inserts = [f"r{number} AS ({insert})" for number, insert in enumerate(_inserts(connection))]
    names = ("stay", "person", "record", "audit", "outbox", "key")
    ids = ", ".join(f"{_V7} AS {name}" for name in names)
    return (
        f"\\set f random(0, {HOUSES - 1})\n"
        f"WITH told AS MATERIALIZED (SELECT {ids}, {_HOUSE} AS facility),\n"
        + ",\n".join(inserts)
        + "\nSELECT 1;\n"
    )


def _inserts(connection: psycopg.Connection) -> Iterator[str]:
    for table, fresh in _FRESH.items():
        columns = connection.execute(
            "SELECT attname FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
            " AND attgenerated = '' ORDER BY attnum",
            [table],
        ).fetchall()
        shown = sql.SQL(", ").join(
            sql.SQL("quote_nullable({}::text)").format(sql.Identifier(name)) for (name,) in columns
        )
        newest = sql.SQL(
            "SELECT {shown} FROM {table} WHERE {only} ORDER BY ctid DESC LIMIT 1"
        ).format(
            shown=shown,
            table=sql.Identifier(*table.split(".")),
            only=sql.SQL("action = 'stays.declared'" if table == "audit_entry" else "true"),
        )
        row = connection.execute(newest).fetchone()
        if row is None:
            raise ConfigurationError(f"{table} is empty: declare something first")
        values = dict(zip((name for (name,) in columns), row, strict=True))
        # pgbench takes a colon before a letter for a variable of its own.
        values = {
            name: re.sub(r":(?=[A-Za-z_])", ": ", sql_text) for name, sql_text in values.items()
        }
        # An index of the slot that is not in use stays empty.
        values |= {name: expression for name, expression in fresh.items() if values[name] != "NULL"}
        values["facility_id"] = "told.facility"
        names, sql_text = ", ".join(values), ", ".join(values.values())
        yield f"INSERT INTO {table} ({names}) SELECT {sql_text} FROM told"


def run_pgbench(rig: Rig, script: str, database: str, seconds: int) -> tuple[float, float]:
    """Declarations per second and the p99 in ms, at 16 clients on two threads."""
    file, log = rig.folder / "pgbench.sql", rig.folder / "pgbench-log"
    file.write_text(script, encoding="utf-8")
    done = subprocess.run(
        [rig.cluster.installation.program("pgbench"), "-n", "-M", "prepared", "-f", str(file),
         "-c", str(CLIENTS), "-j", "2", "-T", str(seconds), "-l", "--log-prefix", str(log),
         "-h", "127.0.0.1", "-p", str(rig.cluster.port), "-U", "asm_admin", database],
        env={**os.environ, "PGPASSWORD": rig.cluster.password},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    match = re.search(r"tps = ([0-9.]+)", done.stdout)
    if done.returncode or match is None:
        raise ConfigurationError(f"pgbench failed: {done.stdout} {done.stderr}")
    return float(match[1]), _p99_ms(rig.folder)


def _p99_ms(folder: Path) -> float:
    spent: list[int] = []
    for file in folder.glob("pgbench-log.*"):
        spent += [int(line.split()[2]) for line in file.read_text("ascii").splitlines()]
        file.unlink()
    spent.sort()
    return spent[int(len(spent) * 0.99)] / 1000 if spent else 0.0
