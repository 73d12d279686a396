"""Whether ASM's roles have the rights that the migrations gave them: no fewer, and no more;
and nobody else has any.
"""

from collections.abc import Iterable
from importlib.resources import files
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from asm.db.revisions import known_revisions
from asm.db.roles import DatabaseRole
from asm.db.standing import HAS_SCHEMA, REVISION
from asm.db.statements import read_statements
from asm.install.doctor.context import DoctorContext
from asm.install.doctor.finding import Finding, first_of, warning, wrong

_SQL = read_statements(__name__)
RIGHTS: Final = text(_SQL["rights"]).bindparams(
    roles=[str(role) for role in DatabaseRole if role is not DatabaseRole.OWNER]
)
OPEN_TO_ALL: Final = text(_SQL["open_to_all"])
#: More of them say nothing that the first do not.
_SHOWN: Final = 12


def rights_of_the_schema() -> frozenset[str]:
    """What RIGHTS answers of the newest schema, as a test has recorded it."""
    recorded = (files("asm.install.doctor") / "rights.txt").read_text(encoding="utf-8")
    return frozenset(recorded.splitlines())


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
        there = frozenset((await connection.execute(RIGHTS)).scalars())
        open_to_all = (await connection.execute(OPEN_TO_ALL)).scalars().all()
    needed = rights_of_the_schema()
    missing = needed - there
    beyond = {each for each in there - needed if each.startswith("GRANT ")}
    return first_of(
        check,
        wrong(check, "missing", statements=_some(missing)) if missing else None,
        warning(check, "beyond", statements=_some(map(_taking, beyond))) if beyond else None,
        wrong(check, "open_to_all", statements=_some(map(_taking, open_to_all)))
        if open_to_all
        else None,
    )


def _some(statements: Iterable[str]) -> str:
    listed = sorted(statements)
    more = f" … (+{len(listed) - _SHOWN})" if len(listed) > _SHOWN else ""
    return " ".join(f"{each};" for each in listed[:_SHOWN]) + more


def _taking(statement: str) -> str:
    """What takes back what `statement` gives."""
    return statement.replace("GRANT ", "REVOKE ", 1).replace(" TO ", " FROM ")
