"""The note of the last whole backup: `asm backup` leaves it, whoever watches asks for its age."""

from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import BigInteger, Boolean, Column, Connection, DateTime, Float, Table, text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import metadata

#: One is made every night; what is older was missed.
BACKUP_OLD_H: Final = 26
last_backup = Table(
    "last_backup",
    metadata,
    #: Always true: there is one row at most.
    Column("only_row", Boolean, primary_key=True),
    #: The moment that it holds, on the database's clock.
    Column("taken_at", DateTime(timezone=True)),
    Column("bytes", BigInteger),
    Column("seconds", Float),
)
#: Somebody besides the first administrator is there, and it is not the demo.
_STANDING: Final = text("""
SELECT (SELECT extract(epoch FROM clock_timestamp() - taken_at)::float8 FROM last_backup) AS age_s,
  EXISTS (SELECT FROM installation WHERE kind = 'real')
  AND (SELECT id FROM account OFFSET 1 LIMIT 1) IS NOT NULL AS needed
""")
_AGE: Final = text(
    "SELECT extract(epoch FROM clock_timestamp() - taken_at)::float8 FROM last_backup"
)
#: Of two at once the older may end later. A note of the future is of a clock that was set back.
_NOTE: Final = text(
    "INSERT INTO public.last_backup AS noted (taken_at, bytes, seconds) "
    "VALUES (:taken_at, :bytes, :seconds) ON CONFLICT (only_row) DO UPDATE SET "
    "taken_at = excluded.taken_at, bytes = excluded.bytes, seconds = excluded.seconds "
    "WHERE noted.taken_at < excluded.taken_at OR noted.taken_at > pg_catalog.clock_timestamp()"
)


class BackupStanding(msgspec.Struct, frozen=True, kw_only=True):
    """`age_s`: seconds since the moment that the last whole backup holds; None where there is none.
    `needed`: it is a real installation, in use.
    """

    age_s: float | None
    needed: bool

    @property
    def what(self) -> str | None:
        """`none` or `old`, however new the installation is; None where the backup is fresh."""
        if self.age_s is None:
            return "none"
        return "old" if self.hours >= BACKUP_OLD_H else None

    @property
    def hours(self) -> int:
        """Whole hours of its age."""
        return max(0, int((self.age_s or 0) // 3600))


async def backup_standing(session: AsyncSession) -> BackupStanding:
    """How old the last whole backup is, for web and whoever may read accounts."""
    row = (await session.execute(_STANDING)).one()
    return BackupStanding(age_s=row.age_s, needed=row.needed)


async def backup_age_s(session: AsyncSession) -> float | None:
    """The age alone, for the worker, too."""
    age: float | None = (await session.execute(_AGE)).scalar()
    return age


def note_backup(connection: Connection, *, taken_at: datetime, size: int, seconds: float) -> None:
    """Note a backup that is whole, unless a newer one is noted; `size` is the dump's in bytes."""
    given = {"taken_at": taken_at, "bytes": size, "seconds": seconds}
    connection.execute(_NOTE, given)
