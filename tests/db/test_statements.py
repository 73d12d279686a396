"""The `.sql` files: the database takes each statement as things are, from the role that runs it,
and a module uses it.
"""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege, UndefinedColumn
from sqlalchemy import TextClause
from sqlalchemy.dialects import registry

from asm.db.statements import Statements, read_statements
from tests.conftest import Database

PROJECT = Path(__file__).resolve().parents[2]
FILES = sorted((PROJECT / "asm").rglob("*.sql"))
MODULES = sorted(path for path in (PROJECT / "asm").rglob("*.py") if "migrations" not in path.parts)
DIALECT = registry.load("postgresql.asyncpg")()
#: The superuser makes backups and restores them; everything else has a role of its own.
SUPERUSER = "superuser"
ROLES = {"asm_api", "asm_worker", "asm_keeper", SUPERUSER}
BLOCK = re.compile(
    r"^-- (role|name|fragment|include): (\w+)[,;]?\n(?=(-- (?!include)\S)?)", re.MULTILINE
)


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(PROJECT).with_suffix("").parts)


def statements_of(module: ModuleType) -> Statements:
    """What the module has read of its own file."""
    own_statements = [
        value
        for value in vars(module).values()
        if isinstance(value, Statements) and value.module == module.__name__
    ]
    assert len(own_statements) == 1, f"{module.__name__} does not read its .sql file"
    return own_statements[0]


def clauses_of(module: ModuleType) -> Iterator[tuple[str, str | TextClause]]:
    """The module's constants that are statements, also those in tuples and dictionaries."""
    for name, value in vars(module).items():
        if isinstance(value, dict):
            each = () if isinstance(value, Statements) else tuple(value.values())
        else:
            each = value if isinstance(value, tuple) else (value,)
        yield from ((name, clause) for clause in each if isinstance(clause, (str, TextClause)))


def roles_in(path: Path) -> dict[str, str]:
    """Name of the statement → role that runs it, as the file says."""
    roles, role = {}, ""
    for kind, name, _ in BLOCK.findall(path.read_text(encoding="utf-8")):
        if kind == "role":
            role = name
        elif kind == "name":
            roles[name] = role
    return roles


def plan_of(connection: psycopg.Connection, role: str, clause: str | TextClause) -> str:
    """The plan for any values. Raises for what does not fit the schema or the role may not do."""
    # As the driver gets it, `:name` being `$1` and so on.
    sql = clause if isinstance(clause, str) else str(clause.compile(dialect=DIALECT))
    numbers = {int(number) for number in re.findall(r"\$(\d+)", sql)}
    values = f"({', '.join(['NULL'] * max(numbers))})" if numbers else ""
    try:
        with connection.transaction(force_rollback=True):
            if role != SUPERUSER:
                connection.execute(f"SET LOCAL ROLE {role}".encode())
            connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
            connection.execute(f"PREPARE looked_at AS {sql}".encode())
            plan = connection.execute(f"EXPLAIN EXECUTE looked_at{values}".encode()).fetchall()
    finally:
        connection.execute("DEALLOCATE ALL")
    return "\n".join(line for (line,) in plan)


@pytest.fixture
def connection(database: Database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(
        database.admin_url, autocommit=True, prepare_threshold=None
    ) as administrator:
        yield administrator


def test_each_statement_is_one_that_its_role_may_run(connection: psycopg.Connection) -> None:
    faults = {}
    for path in FILES:
        module = import_module(name_of(path))
        read, clauses = statements_of(module), [clause for _, clause in clauses_of(module)]
        roles = roles_in(path)
        assert set(roles) == read.names
        for name, role in roles.items():
            used = [each for each in clauses if sql_of(each) == read[name]]
            assert used, f"{module.__name__}: {name} is no constant of the module"
            try:
                assert plan_of(connection, role, used[0])
            except psycopg.Error as error:
                faults[f"{module.__name__}: {name} as {role}"] = str(error)
    assert FILES
    assert faults == {}


def test_a_wrong_column_and_a_wrong_role_would_be_noticed(connection: psycopg.Connection) -> None:
    assert "stay" in plan_of(connection, "asm_worker", "SELECT id FROM stay WHERE id = $1")
    with pytest.raises(UndefinedColumn):
        plan_of(connection, "asm_worker", "SELECT no_such_column FROM stay")
    with pytest.raises(InsufficientPrivilege):
        plan_of(connection, "asm_api", "SELECT * FROM vault.watch_entry")


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_each_statement_says_what_it_is_for_and_is_used(path: Path) -> None:
    blocks = BLOCK.findall(path.read_text(encoding="utf-8"))
    roles = roles_in(path)
    assert set(roles.values()) <= ROLES, "each statement stands below the role that runs it"
    for kind, name, comment in blocks:
        assert kind != "name" or comment, f"{name}: a comment says what it is for"
    module = import_module(name_of(path))
    read = statements_of(module)
    tree = ast.parse(path.with_suffix(".py").read_text(encoding="utf-8"))
    loaded = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    for name in read.names:
        constants = {
            constant for constant, clause in clauses_of(module) if sql_of(clause) == read[name]
        }
        assert len(constants) == 1, f"{name} is one constant of the module"
        assert constants <= loaded, f"{name} is executed"


def test_each_fragment_is_included() -> None:
    names_of_kind: dict[str, set[str]] = {"fragment": set(), "include": set()}
    for path in FILES:
        for kind, name, _ in BLOCK.findall(path.read_text(encoding="utf-8")):
            names_of_kind.setdefault(kind, set()).add(name)
    assert names_of_kind["fragment"] == names_of_kind["include"]


def sql_of(clause: str | TextClause) -> str:
    return clause if isinstance(clause, str) else clause.text


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        ("SELECT 1;", "without a name"),
        ("-- name: one\nSELECT 1", "one"),
        ("-- name: one\nSELECT 1; SELECT 2;", "one"),
        ("-- name: one\n-- of no words\n;", "one"),
        ("-- fragment: one\nSELECT 1;", "one"),
        ("-- fragment: one\n1\n-- name: one\nSELECT 1;", "twice"),
        # They would be left out as comments, and the statement be another one.
        ("-- fragment: mine\nWHERE me\n-- name: one\nSELECT 1\n  -- include: mine\n;", "include"),
        ("-- fragment: mine\nWHERE me\n-- name: one\nSELECT 1 -- include: mine\n;", "include"),
        ("-- fragment: mine\nWHERE me\n-- name: one\nSELECT 1\n-- include: mine \n;", "include"),
        ("-- name: one\nSELECT 1\n--name: two\n;", "two"),
    ],
)
def test_a_file_that_is_not_in_order_is_refused(
    script: str, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match=fault):
        _read(script, tmp_path, monkeypatch)


def test_what_is_not_there_is_missed_at_the_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(LookupError, match="elsewhere"):
        _read("-- name: one\n-- include: elsewhere;", tmp_path, monkeypatch)


def test_fragments_come_in_the_place_of_their_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = _read(
        "-- role: asm_api\n-- fragment: live\n-- Not void: nothing else.\nvoided_at IS NULL\n\n"
        "-- name: count\n-- How many.\nSELECT count(*) FROM stay WHERE\n-- include: live\n"
        "  AND\n-- include: mine;\n",
        tmp_path,
        monkeypatch,
        {"mine": "facility_id = :id"},
    )
    count = "SELECT count(*) FROM stay WHERE\nvoided_at IS NULL\n  AND\nfacility_id = :id"
    assert read == {"live": "voided_at IS NULL", "count": count}
    assert read.names == {"count"}
    with pytest.raises(LookupError, match="'sum'"):
        assert read["sum"]


def _read(
    script: str, folder: Path, monkeypatch: pytest.MonkeyPatch, *shared: dict[str, str]
) -> Statements:
    """A package of its own, of which one module has this script beside it."""
    package = f"package_{folder.name}"
    (folder / package).mkdir()
    (folder / package / "__init__.py").touch()
    (folder / package / "module.sql").write_text(script, encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
    return read_statements(f"{package}.module", *shared)
