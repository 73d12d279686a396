"""Seal every address anew under the newest key; links of former keys stay good by themselves."""

from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.db.roles import DatabaseRole, act_as
from asm.db.session import one_transaction
from asm.notify.contacts.contact_address import natural_of
from asm.notify.contacts.sealed_contact import ContactKeys, ContactNotOpenedError

CHUNK: Final = 500
_SOME = text("""
SELECT id, account_id, channel, sealed, digest FROM contact WHERE id > :after
ORDER BY id LIMIT :chunk FOR UPDATE
""")
_WRITE = text("""
UPDATE contact SET sealed = decode(one.sealed, 'hex'), digest = decode(one.digest, 'hex')
FROM json_to_recordset(CAST(:rows AS json)) AS one (id uuid, sealed text, digest text)
WHERE contact.id = one.id
""")


class Resealed(msgspec.Struct, frozen=True, kw_only=True):
    """`not_opened` ones open under none of the keys and stay as they are."""

    rows: int = 0
    not_opened: int = 0


async def reseal_contacts(engine: AsyncEngine, keys: ContactKeys) -> Resealed:
    """Some at a time; harmless to repeat. `engine` may act as the owner of the tables."""
    rows = not_opened = 0
    after: UUID | None = UUID(int=0)
    while after is not None:
        async with one_transaction(engine) as session:
            await act_as(session, DatabaseRole.OWNER)
            after, done, failed = await _some(session, keys, after)
        rows, not_opened = rows + done, not_opened + failed
    return Resealed(rows=rows, not_opened=not_opened)


async def _some(
    session: AsyncSession, keys: ContactKeys, after: UUID
) -> tuple[UUID | None, int, int]:
    rows = (await session.execute(_SOME, {"after": after, "chunk": CHUNK})).all()
    fresh, not_opened = [], 0
    for row in rows:
        try:
            anew = _anew(keys, row)
        except ContactNotOpenedError:
            not_opened += 1
        else:
            fresh += [] if anew is None else [anew]
    if fresh:
        await session.execute(_WRITE, {"rows": msgspec.json.encode(fresh).decode()})
    return (rows[-1].id if len(rows) == CHUNK else None), len(fresh), not_opened


def _anew(keys: ContactKeys, row: Any) -> dict[str, str] | None:
    """The columns under the newest key, None when they are already. Raises
    ContactNotOpenedError.
    """
    bound = (row.account_id, row.id, row.channel)
    sealing, address = keys.opened_by(bytes(row.sealed), *bound)
    if sealing is keys:
        return None
    natural = natural_of(row.channel, address)
    # Of an address that was left the digest may have been given away: then it stays.
    stored_digest = bytes(row.digest)
    digest = (
        keys.digest_of(natural) if stored_digest == sealing.digest_of(natural) else stored_digest
    )
    sealed = keys.seal(address, *bound)
    return {"id": str(row.id), "sealed": sealed.hex(), "digest": digest.hex()}
