from pathlib import Path

import pytest

from asm.errors import ConfigurationError
from local.database import SCHEMA_FILES, Database, external_database, with_login
from local.fill import find_boundaries, read_accounts, run_asm
from local.layout import Layout, write_private


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    project = tmp_path / "project"
    project.mkdir()
    prepared = Layout(project / ".asm", project)
    prepared.prepare()
    return prepared


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://o:p@db.example:5433/asm", "postgresql://asm_api:s%2Fx@db.example:5433/asm"),
        ("postgres://db.example/asm", "postgresql://asm_api:s%2Fx@db.example/asm"),
        (
            "postgresql+asyncpg://o:p%40q@[::1]:5432/asm?sslmode=require",
            "postgresql://asm_api:s%2Fx@[::1]:5432/asm?sslmode=require",
        ),
    ],
)
def test_the_same_database_for_another_login(url: str, expected: str) -> None:
    assert with_login(url, "asm_api", "s/x") == expected


def test_an_address_of_something_else_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="DATABASE_URL"):
        with_login("mysql://db/asm", "asm_api", "x")


def test_a_given_server_keeps_its_owner_for_the_migration_only(layout: Layout) -> None:
    database: Database = external_database(layout, "postgres://owner:pw@db/asm")
    assert database.admin_url == "postgresql://owner:pw@db/asm"
    assert "owner" not in database.api_url + database.worker_url
    assert database.marks() == {}


def test_boundaries_are_taken_where_they_are_named(
    layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ASM_WARD_BOUNDARIES", raising=False)
    assert find_boundaries(layout) is None
    named = tmp_path / "wards.geojson"
    monkeypatch.setenv("ASM_WARD_BOUNDARIES", str(named))
    with pytest.raises(ConfigurationError, match="names no file"):
        find_boundaries(layout)
    named.touch()
    assert find_boundaries(layout) == named


def test_accounts_are_read_back(layout: Layout) -> None:
    assert read_accounts(layout) == []
    write_private(layout.accounts_file, '[{"role": "Lễ tân", "login": "lan"}]')
    assert read_accounts(layout)[0]["login"] == "lan"
    assert layout.accounts_file.stat().st_mode & 0o077 == 0


def test_a_failing_command_is_shown(layout: Layout) -> None:
    with pytest.raises(ConfigurationError, match=r"(?s)`asm no-such-command` failed"):
        run_asm(["no-such-command"], {"PATH": "/usr/bin"})


def test_files_that_a_migration_runs_are_where_they_are_looked_for() -> None:
    project = Path(__file__).parents[2]
    assert [pattern for pattern in SCHEMA_FILES if not any(project.glob(pattern))] == []
