"""How often somebody may do a thing that costs or could be misused, in spans of time.

Counted in the database, so for all processes together. A holder is a keyed hash: the table names
neither addresses nor people.
"""

import hmac
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import IPv6Address, ip_address
from typing import Final, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.statements import read_statements
from asm.errors import TooMany

_SQL = read_statements(__name__)
_SPEND = text(_SQL["spend"])
_FORGET = text(_SQL["forget"])


class Most(NamedTuple):
    """At most so often in each span of time; spans begin at fixed times."""

    times: int
    span: timedelta


#: A ward's hall registers its landlords through one address, and so does a phone company's gateway.
SIGN_UPS: Final = (Most(20, timedelta(hours=1)), Most(60, timedelta(days=1)))
#: Wrong and right ones: somebody at a screen that was left open must not be able to guess.
PASSWORD_CHECKS: Final = (Most(10, timedelta(minutes=15)), Most(40, timedelta(days=1)))


def address_holder(secret: bytes, address: str) -> bytes:
    """The holder for a network address. One connection has a whole /64 of IPv6."""
    network = address
    try:
        parsed = ip_address(address)
    except ValueError:
        parsed = None
    if isinstance(parsed, IPv6Address):
        mapped = parsed.ipv4_mapped
        network = str(mapped) if mapped else parsed.exploded[:19]
    return hmac.digest(secret, b"allowance:" + network.encode(), "sha256")


async def spend(session: AsyncSession, purpose: str, holder: bytes, limits: Sequence[Most]) -> None:
    """Take one from every span, in the caller's transaction. Raises TooMany `too_often`, saying
    when there is one again.
    """
    await session.execute(_FORGET)
    waits: list[int] = []
    for most in limits:
        row = (
            await session.execute(_SPEND, {"purpose": purpose, "holder": holder, "span": most.span})
        ).one()
        if row.taken > most.times:
            waits.append(row.left_s)
    if waits:
        minutes = -(-max(waits) // 60)
        raise TooMany("too_often", retry_after_s=max(waits), minutes=minutes)
