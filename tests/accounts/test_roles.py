"""What an account is: one list, in Python, in templates and in SQL."""

import re
from typing import get_args

from asm.accounts import roles
from asm.accounts.roles import HOSTS, OfficeRole, Role
from tests.literals import texts, written

LIST = roles.__name__
ROLES = {
    name: word for name, word in vars(roles).items() if name.isupper() and isinstance(word, str)
}
GROUPS = {name for name, group in vars(roles).items() if isinstance(group, frozenset)}
#: SQL has no constants: it may name roles, compared with `account.role`, as the list has them.
IN_SQL = re.compile(r"\baccount\.role\s*(?:=|<>|IN\s*\()\s*((?:'[^']*'[,\s]*)+)")
IN_TEMPLATES = re.compile(r"\broles\.(\w+)")


def test_the_type_and_the_constants_are_the_same_words() -> None:
    assert set(get_args(Role)) == set(ROLES.values())
    assert set(get_args(Role)) - set(HOSTS) == set(get_args(OfficeRole))


def test_no_role_is_written_out_elsewhere() -> None:
    assert [str(literal) for literal in written(LIST) if literal.value in get_args(Role)] == []


def test_templates_take_roles_from_the_list() -> None:
    pages = texts(".html")
    word = re.compile(rf"""["']({"|".join(get_args(Role))})["']""")
    assert [path for path, page in pages.items() if word.search(page)] == []
    used = {name for page in pages.values() for name in IN_TEMPLATES.findall(page)}
    assert used, "no template knows of roles: this test looks at nothing"
    assert used <= set(ROLES) | GROUPS


def test_sql_names_only_roles_that_there_are() -> None:
    statements = [str(literal.value) for literal in written(LIST)] + list(texts(".sql").values())
    matches = [match for statement in statements for match in IN_SQL.findall(statement)]
    assert matches, "no statement knows of roles: this test looks at nothing"
    assert {word for match in matches for word in re.findall(r"'([^']*)'", match)} <= set(
        get_args(Role)
    )
