"""The vault's keys, unwrapped in memory and looked at again every two seconds, so that a rotation
reaches every process while it works.

What seals and opens is never older than that: while the database is away there are no keys. What
signs stands in files and needs no database: `files` are there, and as fresh, all the same.
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from cachetools import TTLCache
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.db.session import one_transaction
from asm.errors import ConfigurationError
from asm.identity.vault.keys import KEY_BYTES, IndexKey, KeyFiles, Keys, WriteLookUp, read_keys
from asm.identity.vault.model import wrapped_key
from asm.identity.vault.sealing import NONCE_BYTES

#: How old a process's picture of the keys may be; rotations wait longer than this between steps.
FRESH_S = 2.0
#: How long the database is waited for: one that hangs is away too.
PATIENCE_S = 5.0
FIRST_SLOT = "a"
_KEYS = "keys"
_FILES = "files"
_TODAY = text("SELECT (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date")


class KeyRing:
    """Gives the keys of this moment. One for each process and database."""

    def __init__(
        self,
        folder: Path,
        engine: AsyncEngine,
        write_look_up: WriteLookUp,
        *,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._engine = engine
        self._write_look_up = write_look_up
        self._seen: TTLCache[str, Keys] = TTLCache(1, FRESH_S, timer)
        self._seen_files: TTLCache[str, KeyFiles] = TTLCache(1, FRESH_S, timer)
        self._looking: asyncio.Task[Keys] | None = None

    async def current(self) -> Keys:
        """The keys, at most FRESH_S old. Raises ConfigurationError when one does not unwrap, and as
        the database does when it cannot be asked.
        """
        try:
            return self._seen[_KEYS]
        except KeyError:
            pass
        # One look for all who wait, also when it fails: a database that hangs must not make each of
        # them wait in turn.
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
            self._looking.add_done_callback(self._looked)
        return await asyncio.shield(self._looking)

    async def files(self) -> KeyFiles:
        """The key files, at most FRESH_S old, whether the database is there or not: they sign
        receipts and attempts, and a key that was replaced signs no more. They open nothing.
        """
        try:
            return self._seen_files[_FILES]
        except KeyError:
            files = self._seen_files[_FILES] = await asyncio.to_thread(read_keys, self._folder)
            return files

    def _looked(self, looking: asyncio.Task[Keys]) -> None:
        self._looking = None
        if not looking.cancelled():
            looking.exception()  # seen, should nobody wait for it any more

    async def _look(self) -> Keys:
        files = await asyncio.to_thread(read_keys, self._folder)
        async with asyncio.timeout(PATIENCE_S), one_transaction(self._engine) as session:
            month = (await session.execute(_TODAY)).scalar_one().replace(day=1)
            rows = await _stored(session)
            if await _add_missing(session, files, rows, month):
                rows = await _stored(session)
        keys = self._seen[_KEYS] = self._picture(files, rows, month)
        return keys

    def _picture(self, files: KeyFiles, rows: list[Any], month: date) -> Keys:
        index = [row for row in rows if row.purpose == "index"]
        current = next(row for row in index if row.state == "current")
        also = next((row for row in index if row.state in {"next", "former"}), None)
        data = [row for row in rows if row.purpose == "data"]
        newest = next(row for row in data if row.month == month and row.state == "current")
        return Keys(
            files=files,
            data_key_id=newest.id,
            data={row.id: unwrap(files, row) for row in data},
            index=IndexKey(slot=current.slot, key=unwrap(files, current)),
            also=None if also is None else IndexKey(slot=also.slot, key=unwrap(files, also)),
            write_look_up=self._write_look_up,
        )


async def _stored(session: AsyncSession) -> list[Any]:
    return list((await session.execute(select(wrapped_key))).all())


async def _add_missing(
    session: AsyncSession, files: KeyFiles, rows: list[Any], month: date
) -> bool:
    missing = []
    if not any(row.purpose == "index" for row in rows):
        missing.append(fresh_key(files, "index-1", purpose="index", slot=FIRST_SLOT))
    if not any(row.month == month and row.state == "current" for row in rows):
        missing.append(fresh_key(files, f"data-{month:%Y-%m}-1", purpose="data", month=month))
    for row in missing:
        # Two processes may find it missing at once: the first one's key is everyone's.
        await session.execute(insert(wrapped_key).values(row).on_conflict_do_nothing())
    return bool(missing)


def fresh_key(files: KeyFiles, key_id: str, **columns: Any) -> dict[str, Any]:
    """The row of a new key, wrapped by the newest key-encryption key."""
    row = {"id": key_id, "month": None, "slot": None, "state": "current", **columns}
    return row | wrap(files, key_id, secrets.token_bytes(KEY_BYTES))


def wrap(files: KeyFiles, key_id: str, key: bytes) -> dict[str, Any]:
    """The columns that hold `key` wrapped."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    box = AESGCM(files.encryption[files.encryption_id])
    wrapped = nonce + box.encrypt(nonce, key, b"vault.wrapped_key\x1f" + key_id.encode())
    return {"kek_id": files.encryption_id, "wrapped": wrapped}


def unwrap(files: KeyFiles, row: Any) -> bytes:
    """The key of a row. Raises ConfigurationError naming the key that is missing or unfit."""
    kek = files.encryption.get(row.kek_id)
    if kek is None:
        raise ConfigurationError(f"the key-encryption key {row.kek_id} of {row.id} is missing")
    wrapped = bytes(row.wrapped)
    bound = b"vault.wrapped_key\x1f" + row.id.encode()
    try:
        return AESGCM(kek).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], bound)
    except InvalidTag as error:
        raise ConfigurationError(f"{row.id} does not unwrap: it was changed") from error
