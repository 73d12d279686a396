"""Accounts that everybody can sign in to, as to the demo's: outside the demo nobody may."""

from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import msgspec
import structlog
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.demo_passwords import DEMO_PASSWORDS
from asm.accounts.model import account
from asm.accounts.own.named import salt_of_name
from asm.accounts.passwords import Turn, hash_for_name, password_matches
from asm.db.error_kinds import DATABASE_ERRORS, is_away
from asm.db.session import one_transaction
from asm.errors import Misconfigured
from asm.install.belonging.installation import installation_in
from asm.settings import Settings

#: Names that no server of the world's answers to (RFC 6761, 6762, 8375, and the use of homes).
_NEAR: Final = (".localhost", ".local", ".test", ".invalid", ".internal", ".lan", ".home.arpa")
log = structlog.get_logger()


class OpenAccounts(msgspec.Struct, frozen=True, kw_only=True):
    """The logins of accounts that everybody can sign in to; whether it is the demo's database."""

    demo: bool
    logins: tuple[str, ...]


async def open_to_everybody(engine: AsyncEngine) -> list[str]:
    """The logins of accounts that a login or name of the demo's cast opens with its password, in
    what is not the demo. It costs a hash for each such name that is there, nine at most. For logins
    that may read accounts: the web processes' and the owner's.
    """
    return list((await open_accounts(engine, "")).logins)


async def open_accounts(engine: AsyncEngine, host: str) -> OpenAccounts:
    """The same, and in the demo too where everybody may come to it at `host`."""
    async with one_transaction(engine) as session:
        noted = await installation_in(session)
        demo = noted is not None and noted.kind == "demo"
        logins = [] if demo and not host else await _opened(session)
        return OpenAccounts(demo=demo, logins=tuple(logins))


async def refuse_public_passwords(engine: AsyncEngine, host: str = "") -> bool:
    """Raises Misconfigured naming the logins; of the demo's own, where it is shown to everybody at
    `host`. A database that is away is not waited for: False, it was not asked. One that cannot
    tell, as of a newer schema, was.
    """
    try:
        seen = await open_accounts(engine, host)
    except DATABASE_ERRORS as error:
        log.warning("passwords_not_checked", error=type(error).__name__)
        return not is_away(error)
    logins = ", ".join(seen.logins)
    if logins and seen.demo:
        raise Misconfigured("demo_in_public", logins=logins, host=host)
    if logins:
        raise Misconfigured("public_passwords_here", logins=logins)
    return True


def public_host(settings: Settings) -> str:
    """The host at which everybody may come, unless ASM_DEMO_HOST says that the demo is meant for
    it; nothing for this machine and networks of one's own.
    """
    host = (urlsplit(settings.public_url).hostname or "").rstrip(".")
    if host == settings.demo_host.lower():
        return ""
    try:
        return host if ip_address(host).is_global else ""
    except ValueError:
        return host if "." in host and not host.endswith(_NEAR) else ""


async def _opened(session: AsyncSession) -> list[str]:
    names = list(DEMO_PASSWORDS)
    rows = await session.execute(
        select(
            account.c.login, account.c.sign_in_name, account.c.password_hash, account.c.name_hash
        )
        .where(
            or_(account.c.login.in_(names), account.c.sign_in_name.in_(names)),
            account.c.disabled_at.is_(None),
            account.c.closed_at.is_(None),
        )
        .order_by(account.c.login)
    )
    opened = []
    hashes: dict[str, str] = {}
    for login, name, password_hash, name_hash in rows.all():
        if name in DEMO_PASSWORDS and name not in hashes:
            salt = await salt_of_name(session, name)
            hashes[name] = await hash_for_name(DEMO_PASSWORDS[name], salt, Turn())
        by_name = name_hash is not None and name_hash == hashes.get(name)
        if by_name or await _by_login(login, password_hash):
            opened.append(login)
    return opened


async def _by_login(login: str, password_hash: str) -> bool:
    password = DEMO_PASSWORDS.get(login)
    return password is not None and await password_matches(password_hash, password, Turn())
