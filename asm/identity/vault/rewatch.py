"""Bring watch lists along when the index key changes, without the numbers, which nobody has.

A list loaded while the key rotates has both hashes. Of one loaded before, the documents that the
vault knows take the new hash from the person; the rest can only be hashed from the list itself, so
its owner loads it again, and until then the former key stays beside the new one and finds them.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.roles import DatabaseRole, act_as
from asm.db.session import one_transaction
from asm.errors import Conflict

_DROP_ENDED = text("""
DELETE FROM vault.watch_entry AS entry USING watch_list AS list
WHERE list.id = entry.list_id AND NOT (list.removed_at IS NULL
  AND list.valid_until >= (statement_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date)
""")
# An index key lies in one of two slots, so there are two of each.
_CARRY = {
    ("a", "b"): text("""
UPDATE vault.watch_entry AS entry SET index_b = known.index_b
FROM vault.person AS known WHERE known.index_a = entry.index_a
  AND entry.index_b IS NULL AND known.index_b IS NOT NULL
"""),
    ("b", "a"): text("""
UPDATE vault.watch_entry AS entry SET index_a = known.index_a
FROM vault.person AS known WHERE known.index_b = entry.index_b
  AND entry.index_a IS NULL AND known.index_a IS NOT NULL
"""),
}
_LEFT = {
    "a": text("""
SELECT list.name, count(*) AS documents FROM watch_list AS list
JOIN vault.watch_entry AS entry ON entry.list_id = list.id
WHERE entry.index_a IS NULL GROUP BY list.id, list.name ORDER BY list.name
"""),
    "b": text("""
SELECT list.name, count(*) AS documents FROM watch_list AS list
JOIN vault.watch_entry AS entry ON entry.list_id = list.id
WHERE entry.index_b IS NULL GROUP BY list.id, list.name ORDER BY list.name
"""),
}
_EMPTY = {
    "a": text("UPDATE vault.watch_entry SET index_a = NULL WHERE index_a IS NOT NULL"),
    "b": text("UPDATE vault.watch_entry SET index_b = NULL WHERE index_b IS NOT NULL"),
}


async def carry_watch_entries(engine: AsyncEngine, *, former: str, current: str) -> None:
    """Fill the current slot as far as the vault knows the documents; forget lists that have ended.

    Raises Conflict naming the lists that must be loaded again before the former key can go.
    """
    async with one_transaction(engine) as session:
        await act_as(session, DatabaseRole.KEEPER)
        await session.execute(_DROP_ENDED)
        await session.execute(_CARRY[former, current])
        left = (await session.execute(_LEFT[current])).all()
    if left:
        names = ", ".join(f"{row.name} ({row.documents})" for row in left)
        raise Conflict("watch_lists_to_load_again", names=names)


async def empty_watch_slot(engine: AsyncEngine, slot: str) -> None:
    """Forget the hashes that a retired key made."""
    async with one_transaction(engine) as session:
        await act_as(session, DatabaseRole.KEEPER)
        await session.execute(_EMPTY[slot])
