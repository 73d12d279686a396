"""`asm account`: what whoever runs ASM does with accounts, on the server itself. The first of an
installation is made here. Hosts open theirs on the page `/sign-up`.
"""

import sys
from codecs import BOM_UTF8
from collections.abc import Awaitable, Callable
from typing import Annotated, Final, TypeVar
from uuid import UUID

import msgspec
import typer
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.actor import Actor, require_role
from asm.accounts.create import create_account
from asm.accounts.model import account, membership
from asm.accounts.operator import (
    ListedAccount,
    check_province,
    disable_account,
    enable_account,
    list_accounts,
    record_of_operator,
    set_province,
)
from asm.accounts.roles import ADMINISTRATOR, HOST_ROLES, WARD_OFFICER, Role
from asm.accounts.sessions import actor_of_login
from asm.accounts.typed.new_person import check_names
from asm.accounts.typed.typed_line import tidy
from asm.accounts.typed_login import as_login
from asm.cli.account_code import code
from asm.cli.connect import ADMIN, engine_at
from asm.cli.console import run, say, say_table
from asm.cli.outbox import As, Table
from asm.db.session import one_transaction
from asm.errors import Invalid, invalid_field
from asm.facilities.model import facility
from asm.geo.areas.wards import require_areas
from asm.geo.model import ward

T = TypeVar("T")
#: More bytes than any name or password that is taken: what is cut off here is refused as too long.
_LONGEST_LINE: Final = 1 << 16
account_app = typer.Typer(
    name="account",
    no_args_is_help=True,
    help="Accounts: the first administrator, officers, hosts.",
)
Login = Annotated[str, typer.Argument(help="What the person signs in with.")]


account_app.command("code")(code)


class CreatedAccount(msgspec.Struct, frozen=True, kw_only=True):
    """The new account; never its password."""

    id: UUID
    login: str
    role: Role


class _Wish(msgspec.Struct, frozen=True, kw_only=True):
    login: str
    name: str
    role: Role | None
    ward_code: str | None
    province_code: str | None
    facility_id: UUID | None


@account_app.command("create")
def create(
    login: Login,
    name: Annotated[
        str | None,
        typer.Option(
            help="The person's name, as pages show it. Left out it is asked for, or is the first "
            "line of standard input: sudo notes whole commands in the system's journal."
        ),
    ] = None,
    role: Annotated[
        Role | None,
        typer.Option(help="What the account may do. The first account is an administrator's."),
    ] = None,
    ward_code: Annotated[
        str | None, typer.Option("--ward", help="The ward's code; for ward officers alone.")
    ] = None,
    province_code: Annotated[
        str | None,
        typer.Option(
            "--province", help="The province whose ward officers a provincial officer makes."
        ),
    ] = None,
    works_for: Annotated[
        UUID | None,
        typer.Option("--facility", help="The facility that a host works for, by its id."),
    ] = None,
    *,
    maker: As = None,
) -> None:
    """Make an account. The password is asked for, or read from standard input where that is no
    terminal: at least 12 characters, never an argument.
    """
    wish = _Wish(
        login=login,
        name=_typed_name() if name is None else name,
        role=role,
        ward_code=ward_code,
        province_code=province_code,
        facility_id=works_for,
    )
    password = _password()
    say(run(_as_owner(lambda session, actor: _create(session, actor, wish, password), maker)))


@account_app.command("list")
def list_all(
    role: Annotated[Role | None, typer.Option(help="Those of one role.")] = None,
    find: Annotated[str | None, typer.Option(help="Part of a login, phone number or name.")] = None,
    *,
    table: Table = False,
) -> None:
    """Accounts by login, at most 1000. What they show is personal: for this terminal alone."""
    listed = run(_as_owner(lambda session, _: list_accounts(session, role, find), None))
    if not table:
        say(listed)
        return
    rows = [
        (each.login, each.sign_in_name, each.display_name, each.role, each.ward_code, _state(each))
        for each in listed
    ]
    say_table(("login", "signs in with", "name", "role", "ward", "state"), rows)


@account_app.command("disable")
def disable(login: Login, *, by: As = None) -> None:
    """Let an account in no more: its sessions and tokens end at once, everywhere."""
    say(run(_as_owner(lambda session, actor: disable_account(session, actor, login), by)))


@account_app.command("enable")
def enable(login: Login, *, by: As = None) -> None:
    """Let a disabled account in again, with the password that it had."""
    say(run(_as_owner(lambda session, actor: enable_account(session, actor, login), by)))


@account_app.command("province")
def province(
    login: Login,
    code: Annotated[str, typer.Argument(help="The province's code, of two digits.")],
    *,
    by: As = None,
) -> None:
    """Say whose wards a provincial officer makes officers for. Without it they make nobody."""
    say(run(_as_owner(lambda session, actor: set_province(session, actor, login, code), by)))


def _typed_name() -> str:
    if not sys.stdin.isatty():
        return _next_line()
    name: str = typer.prompt("Name", err=True)
    return name


def _password() -> str:
    if not sys.stdin.isatty():
        return _next_line()
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return password


def _next_line() -> str:
    """Of standard input, whose first a program of Windows may have begun with a byte-order mark.
    Bytes that are no UTF-8 stay halves of characters, which no name and no password may hold.
    """
    line = sys.stdin.buffer.readline(_LONGEST_LINE)
    return line.removeprefix(BOM_UTF8).decode("utf-8", "surrogateescape").rstrip("\r\n")


async def _as_owner(
    work: Callable[[AsyncSession, Actor | None], Awaitable[T]], login: str | None
) -> T:
    async with (
        engine_at(ADMIN, pool_size=1, name="asm-account") as engine,
        one_transaction(engine) as session,
    ):
        actor = None if login is None else await actor_of_login(session, login)
        if actor is not None:
            require_role(actor, ADMINISTRATOR)
        return await work(session, actor)


async def _create(
    session: AsyncSession, actor: Actor | None, wish: _Wish, password: str
) -> CreatedAccount:
    role = await _checked_role(session, wish)
    account_id = await create_account(
        session,
        login=wish.login,
        password=password,
        display_name=tidy(wish.name),
        role=role,
        ward_code=wish.ward_code,
        province_code=wish.province_code,
    )
    if wish.facility_id is not None:
        await session.execute(
            insert(membership).values(facility_id=wish.facility_id, account_id=account_id)
        )
    await record_of_operator(session, actor, "account.created", account_id, {"role": role})
    return CreatedAccount(id=account_id, login=as_login(wish.login), role=role)


async def _checked_role(session: AsyncSession, wish: _Wish) -> Role:
    errors = [
        each | {"pointer": each["pointer"].replace("/display_name", "/name")}
        for each in check_names(wish.login, wish.name)
    ]
    if errors:
        raise Invalid("account_invalid", errors=errors)
    role = wish.role
    if role is None:
        some = await session.execute(select(account.c.id).limit(1))
        if some.one_or_none() is not None:
            raise _invalid_field("/role", "account_role_missing")
        role = ADMINISTRATOR
    await _check_ward(session, role, wish.ward_code)
    if wish.province_code is not None:
        await check_province(session, role, wish.province_code)
    await _check_facility(session, role, wish.facility_id)
    return role


async def _check_ward(session: AsyncSession, role: Role, ward_code: str | None) -> None:
    if (ward_code is not None) is not (role == WARD_OFFICER):
        raise _invalid_field("/ward", "account_ward")
    if ward_code is not None:
        result = await session.execute(select(ward.c.code).where(ward.c.code == ward_code))
        if result.one_or_none() is None:
            await require_areas(session, pointer="/ward")
            raise _invalid_field("/ward", "ward_unknown", text="account.ward_unknown")


async def _check_facility(session: AsyncSession, role: Role, facility_id: UUID | None) -> None:
    if facility_id is None:
        return
    result = await session.execute(select(facility.c.id).where(facility.c.id == facility_id))
    if role not in HOST_ROLES or result.one_or_none() is None:
        raise _invalid_field("/facility", "account_facility")


def _state(listed: ListedAccount) -> str:
    if listed.closed_at is not None:
        return "closed"
    return "in use" if listed.disabled_at is None else "disabled"


def _invalid_field(pointer: str, code: str, text: str | None = None) -> Invalid:
    return invalid_field(pointer, code, text=text)
