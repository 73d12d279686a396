"""No module holds SQL of more than ten lines, which stands in `.sql` files (`asm.db.statements`),
and none puts SQL together from pieces.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
MODULES = sorted(path for path in (PROJECT / "asm").rglob("*.py") if "migrations" not in path.parts)
LONGEST_LINES = 10
#: Of SQL in one line, however many lines of Python it takes.
LONGEST_SIGNS = 600
#: As nobody writes in capitals elsewhere.
SQL_KEYWORDS = re.compile(
    r"\b(SELECT|FROM|WHERE|INSERT INTO|UPDATE|DELETE|JOIN|GROUP BY|ORDER BY|RETURNING|CAST\(|"
    r"AS \(|IS NULL|CREATE|COMMENT ON)"
)
#: Who gives text a new shape.
SHAPING = {"format", "format_map", "join", "replace"}
#: Lists of columns come from the tables: the one thing besides files that statements are made of.
FROM_COLUMNS = {"insert_of", "insert_events", "insert_entries", "insert_answers"}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(PROJECT).with_suffix("").parts)


def too_long(sql: str) -> bool:
    lines = [line for line in sql.splitlines() if line.strip()]
    return len(lines) > LONGEST_LINES or (len(lines) == 1 and len(sql) > LONGEST_SIGNS)


def texts_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Strings of a module that hold words of SQL, with their lines. Docstrings are none."""
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in docstrings:
            continue
        if isinstance(node.value, str) and SQL_KEYWORDS.search(node.value):
            yield node.lineno, node.value


def long_sql(tree: ast.AST) -> list[int]:
    return [line for line, sql in texts_in(tree) if too_long(sql)]


def _sql_in(node: ast.AST) -> bool:
    return any(True for _ in texts_in(node))


def built_sql(tree: ast.Module) -> list[int]:
    """Lines on which SQL is put together from pieces."""
    named = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign) and _sql_in(node.value)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value, (ast.Constant, ast.BinOp))
    }

    def is_sql(node: ast.AST) -> bool:
        if isinstance(node, ast.Name):
            return node.id in named
        return isinstance(node, (ast.Constant, ast.JoinedStr)) and _sql_in(node)

    def is_built(node: ast.AST) -> bool:
        if isinstance(node, ast.JoinedStr):
            return is_sql(node)
        if isinstance(node, ast.BinOp):
            return is_sql(node.left) or is_sql(node.right)
        if not isinstance(node, ast.Call):
            return False
        if isinstance(node.func, ast.Attribute):
            return node.func.attr in SHAPING and is_sql(node.func.value)
        return isinstance(node.func, ast.Name) and node.func.id == "text" and not _whole(node)

    return [node.lineno for node in ast.walk(tree) if is_built(node)]


def _whole(call: ast.Call) -> bool:
    """Is what `text()` gets a string, a constant, a statement of a file, or made of columns?"""
    (argument,) = call.args
    if isinstance(argument, ast.Call):
        return isinstance(argument.func, ast.Name) and argument.func.id in FROM_COLUMNS
    return isinstance(argument, (ast.Constant, ast.Name)) or (
        isinstance(argument, ast.Subscript) and isinstance(argument.slice, ast.Constant)
    )


#: Modules that may build some, and why. None may hold long SQL.
BUILT: dict[str, str] = {
    "asm.db.direct": "columns of an INSERT come from lists that tests hold against the tables",
    "asm.stays.write": "several such INSERTs in one journey",
    "asm.stays.intake.idempotency": "such an INSERT, and what to do when the key is taken",
}


#: No parameter can be the name of a role or a database: the server itself has quoted these.
QUOTED = {
    "asm.db.standing": "GRANT and CREATE ROLE, which a superuser is told",
    "asm.db.migrate": "the one of them that the owner may run, so that the logins come in",
}


def other_pieces(tree: ast.Module) -> list[int]:
    """Lines on which SQL gets a piece that is no INSERT made of columns."""
    inserts = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _of_columns(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr) and _sql_in(node)
        for piece in node.values
        if isinstance(piece, ast.FormattedValue)
        and not _of_columns(piece.value)
        and not (isinstance(piece.value, ast.Name) and piece.value.id in inserts)
    ]


def _of_columns(node: ast.AST) -> bool:
    called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    return called and node.func.id in FROM_COLUMNS  # type: ignore[attr-defined]


def test_what_is_built_is_made_of_inserts() -> None:
    for path in MODULES:
        if name_of(path) in BUILT.keys() - {"asm.db.direct"}:
            assert other_pieces(ast.parse(path.read_text(encoding="utf-8"))) == [], path
    assert other_pieces(ast.parse('one = insert_of(a, B, "$1")\nf"{one} RETURNING id"')) == []
    assert other_pieces(ast.parse('f"SELECT index_{slot} FROM stay"')) == [1]


def test_no_module_holds_long_sql_or_builds_any() -> None:
    held, built = {}, {}
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        held[name_of(path)], built[name_of(path)] = long_sql(tree), built_sql(tree)
    assert {name: lines for name, lines in held.items() if lines} == {}
    known = BUILT | QUOTED
    assert {name: lines for name, lines in built.items() if bool(lines) != (name in known)} == {}
    assert built.keys() >= known.keys()


@pytest.mark.parametrize(
    "source",
    [
        'text(f"SELECT id FROM {table}")',
        'text("SELECT id FROM %s" % table)',
        'text("SELECT id FROM {t}".format(t=table))',
        '_SQL = "SELECT id FROM {t}"\ntext(_SQL.format(t=table))',
        '"SELECT id " + "FROM " + table',
        '" UNION ".join(several) + " ORDER BY id"',
        "text(statement())",
    ],
)
def test_sql_from_pieces_would_be_noticed(source: str) -> None:
    assert built_sql(ast.parse(source))


def test_whole_and_short_sql_is_left_alone() -> None:
    lines = "\n".join(["SELECT id", "FROM stay", "WHERE true", *["  AND true"] * 7])
    for source in (
        f'text("""\n{lines}\n""")',
        'text(_SQL["one"])',
        'text("SELECT 1" " FROM stay")',
    ):
        assert not built_sql(ast.parse(source))
        assert not long_sql(ast.parse(source))
    assert long_sql(ast.parse(f'"""docstring"""\ntext("""\n{lines}\n  AND false\n""")'))
    assert long_sql(ast.parse(f'text("SELECT {"id, " * 200} FROM stay")'))
