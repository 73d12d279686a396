"""`asm account code`: a one-time code by which an account sets a new password. On the server itself
it is the only way back for an administrator.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.actor import require_role
from asm.accounts.codes.code_keys import CodeKeys, code_keys
from asm.accounts.codes.issue import NewCode, issue_as_operator
from asm.accounts.create import account_id_of
from asm.accounts.roles import ADMINISTRATOR
from asm.accounts.sessions import actor_of_login
from asm.audit.trail import record
from asm.cli.connect import ADMIN, engine_at
from asm.cli.console import run, say
from asm.cli.outbox import As
from asm.db.actor_kinds import OPERATOR
from asm.db.session import one_transaction
from asm.errors import not_found
from asm.install.belonging.own_keys import read_own_keys
from asm.settings import read_settings


class AccountCode(msgspec.Struct, frozen=True, kw_only=True):
    """The code, printed this once, and where it is typed."""

    account_id: UUID
    code: str
    link: str
    expires_at: datetime


def code(
    login: Annotated[str, typer.Argument(help="Whose password is lost.")],
    *,
    maker: As = None,
) -> None:
    """Print a one-time code by which the account sets a new password, within 24 hours. All its
    sessions and tokens end then.
    """
    say(run(_code(login, maker)))


async def _code(login: str, maker: str | None) -> AccountCode:
    settings = read_settings()
    async with engine_at(ADMIN, pool_size=1, name="asm-account-code") as engine:
        files = await read_own_keys(engine, settings.secrets_dir)
        return await _issue(engine, code_keys(*files.notify_keys), login, maker)


async def _issue(engine: AsyncEngine, keys: CodeKeys, login: str, maker: str | None) -> AccountCode:
    async with one_transaction(engine) as session:
        actor = None if maker is None else await actor_of_login(session, maker)
        if actor is not None:
            require_role(actor, ADMINISTRATOR)
        account_id = await account_id_of(session, login.strip())
        if account_id is None:
            raise not_found("account")
        issued = await issue_as_operator(
            session, keys, NewCode(purpose="reset_password", account_id=account_id)
        )
        await record(
            session,
            actor_id=actor.id if actor else None,
            actor_role=actor.role if actor else OPERATOR,
            action="account.password_code",
            subject_id=account_id,
        )
    return AccountCode(
        account_id=account_id,
        code=issued.code,
        link=f"{read_settings().public_url}/codes/{issued.id}",
        expires_at=issued.expires_at,
    )
