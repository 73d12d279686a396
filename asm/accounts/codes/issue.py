"""Hand out one-time codes. Who may, and for whom, is decided by who calls this; row-level security
says it again.
"""

from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec
from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.accounts.codes.code_keys import CodeKeys
from asm.accounts.codes.code_text import new_code, printed_code
from asm.accounts.codes.model import account_code
from asm.accounts.own.sign_in_name import same_name
from asm.accounts.roles import Role
from asm.accounts.typed_login import as_login
from asm.db.base import NO_FACILITY, new_id
from asm.errors import Conflict

Purpose = Literal["join_facility", "open_account", "first_password", "reset_password"]
#: How long each code handed out by a person lives.
LIVES: Final[dict[Purpose, timedelta]] = {
    "join_facility": timedelta(days=7),
    "open_account": timedelta(days=7),
    "first_password": timedelta(days=7),
    "reset_password": timedelta(hours=24),
}
#: As many as one person hands out in an hour: what is typed in a ward's busiest hour, not what a
#: stolen session could.
MOST_AN_HOUR: Final = 100
#: One that went out by e-mail.
MAILED_MINUTES: Final = 60
#: As many accounts with an address as are sent a code because of one name.
MEANT: Final = 5
_ASK = text(
    "SELECT ask_reset_codes(:login, :name, CAST(:codes AS uuid[]), CAST(:hashes AS bytea[]), "
    ":minutes)"
)


class NewCode(msgspec.Struct, frozen=True, kw_only=True):
    """What a code is for: whose password, or which facility in which role. `display_name` is what
    the new account is called unless its holder writes another name; `invited_login`: who is invited
    without a code, as it was typed, whether or not there is such an account.
    """

    purpose: Purpose
    account_id: UUID | None = None
    facility_id: UUID = NO_FACILITY
    ward_code: str | None = None
    role: Role | None = None
    owner: bool = False
    display_name: str | None = None
    invited_login: str | None = None


class IssuedCode(msgspec.Struct, frozen=True, kw_only=True):
    """A fresh code as it is printed, shown for minutes; `id` is in the link and opens nothing."""

    id: UUID
    code: str
    purpose: Purpose
    expires_at: datetime

    def __repr__(self) -> str:
        return f"IssuedCode({self.id})"


async def issue_code(scope: Scope, keys: CodeKeys, new: NewCode) -> IssuedCode:
    """A code of chance; only its keyed hash is stored. Raises Conflict `too_many_codes`."""
    await _refuse_too_many(scope)
    return await _issue(scope.session, scope.actor.id, keys, new)


async def issue_as_operator(session: AsyncSession, keys: CodeKeys, new: NewCode) -> IssuedCode:
    """For the command line on the server itself."""
    return await _issue(session, None, keys, new)


async def issue_without_code(scope: Scope, new: NewCode) -> UUID:
    """An invitation that an account finds when it is signed in; nothing is to be typed. Raises
    Conflict `too_many_codes`.
    """
    await _refuse_too_many(scope)
    new_row = await _insert(scope.session, scope.actor.id, None, new)
    return new_row[0]


async def _refuse_too_many(scope: Scope) -> None:
    an_hour = func.clock_timestamp() - timedelta(hours=1)
    issued = await scope.session.execute(
        select(func.count())
        .select_from(account_code)
        .where(account_code.c.issued_by == scope.actor.id, account_code.c.issued_at > an_hour)
    )
    if issued.scalar_one() >= MOST_AN_HOUR:
        raise Conflict("too_many_codes", most=MOST_AN_HOUR)


async def ask_reset_codes(session: AsyncSession, keys: CodeKeys, login: str) -> list[UUID]:
    """Codes for whoever signs in with this login, number or name, made anew by who sends them. The
    same work and as many codes for a login that nobody has: those open nothing.
    """
    codes = [new_id() for _ in range(MEANT)]
    await session.execute(
        _ASK,
        {
            "login": as_login(login),
            "name": same_name(login),
            "codes": codes,
            "hashes": [keys.hash_of(keys.sent_code(code_id)) for code_id in codes],
            "minutes": MAILED_MINUTES,
        },
    )
    return codes


async def _issue(
    session: AsyncSession, issuer: UUID | None, keys: CodeKeys, new: NewCode
) -> IssuedCode:
    code = new_code()
    code_id, expires_at = await _insert(session, issuer, keys.hash_of(code), new)
    return IssuedCode(
        id=code_id, code=printed_code(code), purpose=new.purpose, expires_at=expires_at
    )


async def _insert(
    session: AsyncSession, issuer: UUID | None, hashed: bytes | None, new: NewCode
) -> tuple[UUID, datetime]:
    values = {
        **msgspec.structs.asdict(new),
        "id": new_id(),
        "code_hash": hashed,
        "issued_by": issuer,
        "expires_at": func.clock_timestamp() + LIVES[new.purpose],
    }
    done = await session.execute(
        insert(account_code).values(values).returning(account_code.c.id, account_code.c.expires_at)
    )
    row = done.one()
    return row.id, row.expires_at
