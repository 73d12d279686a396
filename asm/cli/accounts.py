"""`asm account`: accounts of those who join no facility: officers and administrators."""

import sys
from typing import Annotated
from uuid import UUID

import msgspec
import typer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.actor import require_role
from asm.accounts.create import create_account
from asm.accounts.roles import ADMINISTRATOR, WARD_OFFICER, OfficeRole
from asm.accounts.sessions import actor_of_login
from asm.audit.trail import record
from asm.cli.connect import ADMIN, engine_at
from asm.cli.console import run, say
from asm.cli.outbox import As
from asm.db.actor_kinds import OPERATOR
from asm.db.session import one_transaction
from asm.errors import Invalid, invalid_field
from asm.geo.model import ward

account_app = typer.Typer(
    name="account", no_args_is_help=True, help="Accounts of officers and administrators."
)


class CreatedAccount(msgspec.Struct, frozen=True, kw_only=True):
    """The new account; never its password."""

    id: UUID
    login: str
    role: OfficeRole


@account_app.command("create")
def create(
    login: Annotated[str, typer.Argument(help="What the person signs in with.")],
    role: Annotated[OfficeRole, typer.Option(help="What the account may do.")],
    name: Annotated[str, typer.Option(help="The person's name, as pages show it.")],
    ward_code: Annotated[
        str | None, typer.Option("--ward", help="The ward's code; for ward officers alone.")
    ] = None,
    *,
    maker: As = None,
) -> None:
    """Make an account. The password is asked for, or read from standard input where that is no
    terminal: at least 12 characters, never an argument.
    """
    password = _password()
    say(run(_create(login, password, name, (role, ward_code), maker)))


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return password


async def _create(
    login: str, password: str, name: str, office: tuple[OfficeRole, str | None], maker: str | None
) -> CreatedAccount:
    role, ward_code = office
    async with (
        engine_at(ADMIN, pool_size=1, name="asm-account") as engine,
        one_transaction(engine) as session,
    ):
        actor = None if maker is None else await actor_of_login(session, maker)
        if actor is not None:
            require_role(actor, ADMINISTRATOR)
        await _check(session, login, name, role, ward_code)
        account_id = await create_account(
            session,
            login=login,
            password=password,
            display_name=name.strip(),
            role=role,
            ward_code=ward_code,
        )
        await record(
            session,
            actor_id=actor.id if actor else None,
            actor_role=actor.role if actor else OPERATOR,
            action="account.created",
            subject_id=account_id,
            details={"role": role},
        )
    return CreatedAccount(id=account_id, login=login.strip().lower(), role=role)


async def _check(
    session: AsyncSession, login: str, name: str, role: OfficeRole, ward_code: str | None
) -> None:
    if not login.strip() or not name.strip():
        raise _invalid_field("/login", "account_names")
    if (ward_code is not None) is not (role == WARD_OFFICER):
        raise _invalid_field("/ward", "account_ward")
    if ward_code is not None:
        result = await session.execute(select(ward.c.code).where(ward.c.code == ward_code))
        if result.one_or_none() is None:
            raise _invalid_field("/ward", "ward_unknown", text="account.ward_unknown")


def _invalid_field(pointer: str, code: str, text: str | None = None) -> Invalid:
    return invalid_field(pointer, code, text=text)
