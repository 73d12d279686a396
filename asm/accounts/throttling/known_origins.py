"""The devices and networks from which an account has signed in."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.own.sign_in_name import same_name
from asm.accounts.roles import HOST_ROLES
from asm.accounts.typed_login import as_login
from asm.db.statements import read_statements

#: For how long a network in which an account signed in is known of it.
KNOWN_NETWORK_DAYS: Final = 30
#: For how long a device is (`asm.worker.upkeep` removes what is older, and browsers do).
KNOWN_DEVICE_DAYS: Final = 180
#: Of each kind and account.
MOST_KNOWN: Final = 20
#: Accounts of one name that are counted by themselves from one device or network; who comes later
#: is counted as a stranger there.
MOST_SHARING: Final = 20

_SQL = read_statements(__name__)
_MEANT = text(_SQL["meant"])
_FIRST_NAMED = text(_SQL["first_named"])
_OF_NAME = text(_SQL["of_name"])
_REMEMBER_ORIGIN = text(_SQL["remember_origin"])
_FORGET_ORIGINS = text(_SQL["forget_origins"])
_FORGET_KNOWN = text(_SQL["forget_known"])


class Meant(msgspec.Struct, frozen=True, kw_only=True):
    """An account that a typed name may mean. `by_login`: it is the account's own login; `device`,
    `network`: those of the request are known of it.
    """

    account_id: UUID
    by_login: bool
    device: bool
    network: bool

    @property
    def known(self) -> bool:
        """Whether whoever tries has a counter of their own."""
        return self.device or self.network


class Among(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a password is not compared with: `shut_out`, since their counters are blocked; without
    `strangers`, who is not known here.
    """

    shut_out: frozenset[UUID]
    strangers: bool


async def accounts_meant(
    session: AsyncSession, typed: str, device: bytes, network: bytes
) -> list[Meant]:
    """Whose login it is, and who is known here and has the name, at most MOST_SHARING. `device`,
    `network`: the hashes of the request's.
    """
    rows = await session.execute(
        _MEANT,
        {
            "login": as_login(typed),
            "name": same_name(typed),
            "device": device,
            "network": network,
            "days": KNOWN_NETWORK_DAYS,
            "hosts": sorted(HOST_ROLES),
            "most": MOST_SHARING,
        },
    )
    return [Meant(**row) for row in rows.mappings()]


async def first_named(session: AsyncSession, typed: str) -> UUID | None:
    """Who took the name first, if anybody has it."""
    named = {"name": same_name(typed), "hosts": sorted(HOST_ROLES)}
    first: UUID | None = (await session.execute(_FIRST_NAMED, named)).scalar_one_or_none()
    return first


async def account_of_name(
    session: AsyncSession, typed: str, name_hash: str, known: Sequence[UUID], among: Among
) -> Any:
    """The row of who has both name and password, or None. `known`: who is known here, in the order
    in which they come before others.
    """
    rows = await session.execute(
        _OF_NAME,
        {
            "name": same_name(typed),
            "name_hash": name_hash,
            "hosts": sorted(HOST_ROLES),
            "known": list(known),
            "shut_out": list(among.shut_out),
            "strangers": among.strangers,
        },
    )
    return rows.one_or_none()


async def remember_origin(
    session: AsyncSession, account_id: UUID, network: bytes, device: str | None
) -> None:
    """Both are known of the account from now on; of each kind MOST_KNOWN, the latest used."""
    hashes = {"network": network}
    if device is not None:
        hashes["device"] = device_hash(device)
    await session.execute(
        _REMEMBER_ORIGIN,
        {"account_id": account_id, "kinds": list(hashes), "hashes": list(hashes.values())},
    )
    await session.execute(_FORGET_ORIGINS, {"account_id": account_id, "most": MOST_KNOWN})


async def forget_known(
    session: AsyncSession, account_id: UUID, but: Collection[bytes] = ()
) -> None:
    """No device or network is known of the account any more, `but` those with these hashes."""
    await session.execute(_FORGET_KNOWN, {"account_id": account_id, "but": list(but)})


def fresh_device() -> str:
    """The secret of a device cookie: 256 random bits, of which the hash is stored."""
    return secrets.token_urlsafe(32)


def device_hash(device: str | None) -> bytes:
    """What is stored of a device; of none it is a hash that no device has."""
    return hashlib.sha256((device or "").encode()).digest()
