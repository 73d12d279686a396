"""The database's roles, and who acts without an account: one list each."""

import ast
import re

from asm.db.actor_kinds import KEY_KEEPER, OPERATOR, PUBLIC, WORKER
from asm.db.roles import DatabaseRole
from asm.variables.table import VARIABLES
from tests.literals import MIGRATIONS, texts, trees, written

#: Tells people which login an address is of, below everything that knows of the database.
HELP = {variable.example for variable in VARIABLES.values()}
#: A file of statements says which role runs them, for the tests.
HEADING = re.compile(r"^-- role: (\w+)$", re.MULTILINE)
NAMED = re.compile(rf"\b({'|'.join(DatabaseRole)})\b")


def test_no_role_of_the_database_is_named_elsewhere() -> None:
    """Not in SQL either: acting as a role takes its name as a parameter (`act_as`)."""
    named = [
        str(literal)
        for literal in written(DatabaseRole.__module__)
        if NAMED.search(str(literal.value)) and literal.value not in HELP
    ]
    named += [path for suffix in (".sql", ".html") for path, text in texts(suffix).items()
              if NAMED.search(HEADING.sub("", text))]  # fmt: skip
    assert named == []
    headed = {role for text in texts(".sql").values() for role in HEADING.findall(text)}
    assert headed <= {*DatabaseRole, "superuser"}


def test_the_list_is_what_migrations_make() -> None:
    role_array = re.search(
        r"FOREACH name IN ARRAY ARRAY\[([^]]*)\]", (MIGRATIONS / "env.py").read_text("utf-8")
    )
    assert role_array is not None
    assert set(re.findall(r"'(\w+)'", role_array[1])) == set(DatabaseRole)


def test_who_acts_without_an_account_is_of_the_list() -> None:
    """Wherever the trail is told a role, no word is written out."""
    assert len({KEY_KEEPER, OPERATOR, PUBLIC, WORKER}) == 4
    written_out = [
        f"{module}:{part.lineno}: {part.value!r}"
        for module, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == "actor_role"
        for part in ast.walk(node.value)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]
    assert written_out == []
