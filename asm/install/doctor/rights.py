"""Whether ASM's roles have the rights that the migrations gave them: no fewer, and no more;
and nobody else has any. What the roles may do beyond tables stands here, too.
"""

import re
from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Final, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from asm.db.revisions import known_revisions
from asm.db.roles import DatabaseRole
from asm.db.standing import HAS_SCHEMA, LOGINS, REVISION, VERSION
from asm.db.statements import read_statements
from asm.install.doctor.context import DoctorContext
from asm.install.doctor.finding import Finding, first_of, warning, wrong

_SQL = read_statements(__name__)
RIGHTS: Final = text(_SQL["rights"]).bindparams(
    roles=[str(role) for role in DatabaseRole if role is not DatabaseRole.OWNER]
)
MONTHS: Final = text(_SQL["rights_of_months"])
OPEN_TO_ALL: Final = text(_SQL["open_to_all"])
_ROLES: Final = [str(role) for role in DatabaseRole]
_LOGINS: Final = [str(role) for role in LOGINS]
_NOT_OWNED: Final = text(_SQL["not_owned"]).bindparams(owner=DatabaseRole.OWNER)
_OF_OTHERS: Final = text(_SQL["of_others"]).bindparams(roles=_ROLES, owner=str(DatabaseRole.OWNER))
_POWERS: Final = text(_SQL["powers"]).bindparams(roles=_ROLES, logins=_LOGINS)
_MEMBERS: Final = text(_SQL["members"]).bindparams(roles=_ROLES)
_EXPIRED: Final = text(_SQL["expired"]).bindparams(logins=_LOGINS)
#: More of them say nothing that the first do not.
_SHOWN: Final = 12
#: Statements are written with names as the path lets them be: for the transaction it is this one,
#: whatever was set for a login.
PATH: Final = text("SELECT set_config('search_path', 'public', true)")
_POLICY: Final = re.compile(r"CREATE (POLICY .+? ON .+?) AS (?:PERMISSIVE|RESTRICTIVE) FOR ")
_CONDITION: Final = re.compile(r" (USING|WITH CHECK) \((.*?)\)(?= WITH CHECK \(|$)")
_LITERAL: Final = re.compile(r"'(?:[^']|'')*'")


class RecordedRights(NamedTuple):
    """What RIGHTS answers of the newest schema but for its MONTHS, and on which major version of
    the server.
    """

    version: int
    statements: frozenset[str]


def rights_of_the_schema() -> RecordedRights:
    """As a test has recorded them: the version stands above the statements."""
    recorded = (files("asm.install.doctor") / "rights.txt").read_text(encoding="utf-8")
    version, *statements = recorded.splitlines()
    return RecordedRights(int(version.rpartition(" ")[2]), frozenset(statements))


async def revision_of(connection: AsyncConnection) -> str | None:
    """The schema's revision; None where none was ever made."""
    if not (await connection.execute(HAS_SCHEMA)).scalar_one():
        return None
    revision: str | None = (await connection.execute(REVISION)).scalar_one_or_none()
    return revision


async def look_at_rights(context: DoctorContext) -> list[Finding]:
    """Only of the schema that this program knows: of another the rights are others."""
    check = "database.rights"
    async with context.connection() as connection:
        if await revision_of(connection) != max(known_revisions()):
            return [warning(check, "another_schema")]
        await connection.execute(PATH)
        version = (await connection.execute(VERSION)).scalar_one() // 10000
        there = frozenset((await connection.execute(RIGHTS)).scalars())
        months = frozenset((await connection.execute(MONTHS)).scalars())
        open_to_all, not_owned, of_others = [
            (await connection.execute(query)).scalars().all()
            for query in (OPEN_TO_ALL, _NOT_OWNED, _OF_OTHERS)
        ]
    anew, missing, beyond = _compared(there, months, version)
    return first_of(
        check,
        # First: only who owns a table gives rights on it.
        wrong(check, "not_owned", statements=some_of(not_owned)) if not_owned else None,
        wrong(check, "changed", statements=_as_owner(anew)) if anew else None,
        wrong(check, "missing", statements=_as_owner(missing)) if missing else None,
        warning(check, "beyond", statements=_as_owner(beyond)) if beyond else None,
        wrong(check, "open_to_all", statements=some_of(map(_taking, open_to_all)))
        if open_to_all
        else None,
        warning(check, "of_others", statements=_as_owner(of_others)) if of_others else None,
    )


def _compared(
    there: frozenset[str], months: frozenset[str], version: int
) -> tuple[list[str], list[str], list[str]]:
    """The statements that make changed policies anew, those of what is missing, and those that take
    away what is beyond.
    """
    recorded = rights_of_the_schema()
    exact = version == recorded.version
    expected = recorded.statements | months
    missing = _without(expected, there, exact=exact)
    beyond = [
        each for each in _without(there, expected, exact=exact) if not each.startswith("ALTER ")
    ]
    changed = {_policy(each) for each in missing} & {_policy(each) for each in beyond} - {None}
    return (
        [_anew(each) for each in missing if _policy(each) in changed],
        [each for each in missing if _policy(each) not in changed],
        [_taking(each) for each in beyond if _policy(each) not in changed],
    )


def shown_of(statement: str, *, exact: bool) -> str:
    """What is compared. Servers of other versions may write the condition of a policy otherwise: of
    it then counts whether it is just `true`, and the values written out in it.
    """
    return statement if exact else _CONDITION.sub(_gist, statement)


def _gist(condition: re.Match[str]) -> str:
    kind, expression = condition.groups()
    if expression != "true":
        expression = " ".join(["…", *sorted(set(_LITERAL.findall(expression)))])
    return f" {kind} ({expression})"


def _without(statements: Iterable[str], others: Iterable[str], *, exact: bool) -> list[str]:
    known = {shown_of(each, exact=exact) for each in others}
    return [each for each in statements if shown_of(each, exact=exact) not in known]


def _policy(statement: str) -> str | None:
    """Which policy of which table it makes."""
    return named[1] if (named := _POLICY.match(statement)) else None


def _anew(statement: str) -> str:
    """Makes a policy that is there anew; all or nothing, for without it rows are out of sight."""
    return f"BEGIN; DROP {_policy(statement)}; {statement}; COMMIT"


async def mends_of_roles(connection: AsyncConnection) -> list[Sequence[str]]:
    """The statements that take powers away from the roles, let logins in whose password is past its
    time, and take strangers out, each kind by itself.
    """
    return [
        (await connection.execute(query)).scalars().all() for query in (_POWERS, _EXPIRED, _MEMBERS)
    ]


def _as_owner(statements: Iterable[str]) -> str:
    """The schema `public` is not our owner's, but of who owns the database."""
    ours: list[str] = []
    of_database: list[str] = []
    for each in statements:
        (of_database if " ON SCHEMA public " in each else ours).append(each)
    parts = [(f"SET ROLE {DatabaseRole.OWNER};", ours), ("RESET ROLE;", of_database)]
    return " ".join(f"{role} {some_of(listed)}" for role, listed in parts if listed)


def some_of(statements: Iterable[str]) -> str:
    """Statements for psql, the first dozen of them."""
    listed = sorted(statements)
    more = f" … (+{len(listed) - _SHOWN})" if len(listed) > _SHOWN else ""
    return " ".join(f"{each};" for each in listed[:_SHOWN]) + more


def _taking(statement: str) -> str:
    """What takes back what `statement` gives."""
    if statement.startswith("CREATE POLICY "):
        return f"DROP {_policy(statement)}"
    return statement.replace("GRANT ", "REVOKE ", 1).replace(" TO ", " FROM ")
