"""A tool of the operator's reads the totals by the rights that the guide gives it, and no more."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.conftest import Database

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "figures-for-tools.md"
BLOCK = re.compile(r"^```sql\n(.*?)^```", re.MULTILINE | re.DOTALL)
VIEWS = ("stat_nights", "stat_capacity", "stat_origins", "stat_wards")
ROWS = """
INSERT INTO night_total (night, ward_code, kind, tourism, arrivals, guest_nights)
  SELECT '2026-11-02', min(code), 'hotel', true, 3, 5 FROM ward;
INSERT INTO ward_night (night, ward_code, kind, beds_open, known_nights)
  SELECT '2026-11-02', min(code), 'hotel', 10, 5 FROM ward;
INSERT INTO origin_night (night, ward_code, kind, residence, reason, tourism, arrivals)
  SELECT '2026-11-02', min(code), 'hotel', 'CKOR', 1, true, 3 FROM ward;
"""


@pytest.fixture
def tool(database: Database) -> Iterator[psycopg.Connection]:
    """Signed in as the guide says; the role is gone afterwards."""
    [statements] = BLOCK.findall(GUIDE.read_text(encoding="utf-8"))
    with psycopg.connect(database.admin_url, autocommit=True) as superuser:
        superuser.execute(statements)
        superuser.execute(ROWS)
        superuser.execute("ALTER ROLE asm_stat PASSWORD 'stat-of-a-test-2026'")
        superuser.execute(f'GRANT CONNECT ON DATABASE "{database.name}" TO asm_stat')
        address = database.admin_url.split("@", 1)[1]
        try:
            with psycopg.connect(
                f"postgresql://asm_stat:stat-of-a-test-2026@{address}", autocommit=True
            ) as connection:
                yield connection
        finally:
            superuser.execute("DROP OWNED BY asm_stat")
            superuser.execute("DROP ROLE asm_stat")


def test_it_reads_the_views_and_nothing_else(tool: psycopg.Connection) -> None:
    for view in VIEWS:
        rows = tool.execute(f"SELECT count(*) FROM {view}").fetchone()
        assert rows is not None
        assert rows[0] >= 1, view
    figures = tool.execute("SELECT arrivals, pg_typeof(arrivals)::text FROM stat_nights").fetchone()
    assert figures == (3.0, "double precision")
    readable = tool.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname IN ('public', 'vault') AND c.relkind IN ('r', 'p', 'v', 'm') "
        "AND has_any_column_privilege(c.oid, 'SELECT') "
        "AND c.relname NOT IN ('spatial_ref_sys', 'geometry_columns', 'geography_columns')"
    ).fetchall()
    assert {row[0] for row in readable} == {
        *VIEWS, "night_total", "ward_night", "origin_night", "ward", "province",
    }  # fmt: skip
    for statement in ("SELECT * FROM stay", "SELECT * FROM account", "SELECT * FROM counted_stay"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            tool.execute(statement)
    with pytest.raises(psycopg.errors.Error, match=r"read-only|permission denied"):
        tool.execute("DELETE FROM night_total")


def test_who_is_called_otherwise_reads_nothing(database: Database) -> None:
    """The control: the policies know one name. A web process without a scope sees no row."""
    with psycopg.connect(database.admin_url, autocommit=True) as superuser:
        superuser.execute(ROWS)
    with psycopg.connect(database.api_url) as connection:
        assert connection.execute("SELECT count(*) FROM night_total").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM stat_nights")
