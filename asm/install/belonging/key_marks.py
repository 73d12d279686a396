"""Which key files belong to a database, and whether those at hand are they."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.db.session import one_transaction
from asm.errors import ConfigurationError
from asm.identity.vault.keys import (
    FILES,
    FORMER_RECEIPT_KEYS,
    RECEIPT_FILE,
    VAULT_FILE,
    encryption_key_id,
    keys_in,
    public_key_bytes,
    read_former,
)
from asm.identity.vault.model import wrapped_key
from asm.install.belonging.fingerprints import fingerprint, fingerprints_in
from asm.install.belonging.installation import is_known_here
from asm.install.belonging.model import installation_key

#: `ok`: the key that the database knows. `missing`: it knows one, and the file is not there.
#: `other`: the file holds another one. `broken`: it cannot be read. `unmarked`: the file is there
#: and the database knows none. `absent`: neither.
KeyState = Literal["ok", "missing", "other", "broken", "unmarked", "absent"]
#: With these nothing can be opened, signed or vouched for that belongs to this database.
WRONG: Final[frozenset[KeyState]] = frozenset({"missing", "other", "broken"})
#: Older than the marks: it is asked in databases of before them, too.
_MAY_READ_WRAPPED: Final = text("""
SELECT EXISTS (
  SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = pg_class.relnamespace
  WHERE nspname = 'vault' AND relname = 'wrapped_key'
    AND has_schema_privilege(pg_namespace.oid, 'USAGE')
    AND has_table_privilege(pg_class.oid, 'SELECT')
)
""")


async def check_keys(engine: AsyncEngine, folder: Path) -> dict[str, KeyState]:
    """What the database says of each key file in the folder, and of the file of former receipt
    keys. Any login of ASM may ask. Raises as the database does when it cannot be asked.
    """
    async with one_transaction(engine) as session:
        return await key_states(session, folder)


async def key_states(session: AsyncSession, folder: Path) -> dict[str, KeyState]:
    """The same in a transaction that is there."""
    marks = await _marks(session)
    wrapped_by = await _wrapped_by(session)
    states: dict[str, KeyState] = {}
    for file, at_hand in fingerprints_in(folder).items():
        known = {row.fingerprint for row in marks if row.file == file and row.state != "former"}
        states[file] = _state(at_hand, known)
    if states[VAULT_FILE] in {"ok", "unmarked"} and not _opens(folder, wrapped_by):
        states[VAULT_FILE] = "other"
    if wrapped_by and states[VAULT_FILE] == "absent":
        states[VAULT_FILE] = "missing"
    of_receipts = {row.public_key: row.state for row in marks if row.file == RECEIPT_FILE}
    states[FORMER_RECEIPT_KEYS] = _state_of_former(folder, of_receipts)
    return states


async def note_keys(
    engine: AsyncEngine, folder: Path, files: Collection[str] = FILES
) -> dict[str, KeyState]:
    """Note the keys of the folder that the database knows none of yet, and return what
    `check_keys` then says. A mark that is there stays: nothing is overwritten.
    """
    async with one_transaction(engine) as session:
        states = await key_states(session, folder)
        # Keys that do not fit show whose folder it is: none of it is noted.
        known = set() if {"other", "broken"} & set(states.values()) else set(files)
        if RECEIPT_FILE in known and states[FORMER_RECEIPT_KEYS] == "unmarked":
            await put_former_marks(session, folder)
        for file in sorted(known):
            if states.get(file) == "unmarked":
                await put_mark(session, file, keys_in(folder, file)[0], state="current")
        return await key_states(session, folder)


async def put_mark(session: AsyncSession, file: str, key: bytes, *, state: str) -> None:
    """Note one key of a file. `state`: `current`, or `next` while a rotation is under way."""
    public = public_half(key) if file == RECEIPT_FILE else None
    values = {
        "file": file, "fingerprint": fingerprint(file, key), "state": state, "public_key": public,
    }  # fmt: skip
    statement = insert(installation_key).values(values)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["file", "fingerprint"], set_={"state": state}
        )
    )


async def put_former_marks(session: AsyncSession, folder: Path) -> None:
    """Note the keys of the file of former ones: of before the marks, when no receipt key is noted
    yet. Raises ConfigurationError for a file that is broken.
    """
    for key in read_former(folder / FORMER_RECEIPT_KEYS).values():
        public = public_key_bytes(key)
        values = {
            "file": RECEIPT_FILE,
            "fingerprint": fingerprint(FORMER_RECEIPT_KEYS, public),
            "state": "former",
            "public_key": public.hex(),
        }
        await session.execute(insert(installation_key).values(values).on_conflict_do_nothing())


async def settle_mark(session: AsyncSession, file: str, key: bytes) -> None:
    """From now on the file has this key. Receipt keys of before are kept as `former`: what they
    signed stays genuine. Of other files, and of keys that never came to be used, nothing is kept.
    """
    others = (installation_key.c.file == file) & (
        installation_key.c.fingerprint != fingerprint(file, key)
    )
    used = installation_key.c.state == "current"
    if file == RECEIPT_FILE:
        await session.execute(update(installation_key).where(others, used).values(state="former"))
    gone = installation_key.c.state != "former"
    await session.execute(delete(installation_key).where(others, gone))
    await put_mark(session, file, key, state="current")


async def former_receipt_keys(session: AsyncSession) -> list[str]:
    """The public keys, in hexadecimal, that signed receipts of this database before."""
    return [row.public_key for row in await _marks(session) if row.state == "former"]


def public_half(key: bytes) -> str:
    """The public key of the 32 bytes of `receipt.key`, in hexadecimal."""
    return public_key_bytes(Ed25519PrivateKey.from_private_bytes(key).public_key()).hex()


async def _marks(session: AsyncSession) -> list[Any]:
    if not await is_known_here(session):
        return []
    return list((await session.execute(select(installation_key))).all())


async def _wrapped_by(session: AsyncSession) -> set[str]:
    """Names of the key-encryption keys that the vault's own keys are wrapped by."""
    if not (await session.execute(_MAY_READ_WRAPPED)).scalar_one():
        return set()
    return set((await session.execute(select(wrapped_key.c.kek_id).distinct())).scalars())


def _state(at_hand: list[str] | None, known: Iterable[str]) -> KeyState:
    known = set(known)
    if at_hand is None:
        return "broken"
    if not at_hand:
        return "missing" if known else "absent"
    if not known:
        return "unmarked"
    # Any line: a rotation that is under way, or was broken off, has both.
    return "ok" if known & set(at_hand) else "other"


def _opens(folder: Path, wrapped_by: set[str]) -> bool:
    return wrapped_by <= {encryption_key_id(key) for key in keys_in(folder, VAULT_FILE)}


def _state_of_former(folder: Path, known: Mapping[str, str]) -> KeyState:
    """`known`: the public keys that the database has marks of, and their states. A key that it has
    none of would vouch for receipts that nobody here signed.
    """
    path = folder / FORMER_RECEIPT_KEYS
    try:
        at_hand = {public_key_bytes(key).hex() for key in read_former(path).values()}
    except (ConfigurationError, OSError):
        return "broken"
    needed = {key for key, state in known.items() if state == "former"}
    if not path.exists():
        return "missing" if needed else "absent"
    if not known:
        return "unmarked"
    # While a rotation is under way the present key stands there already.
    return "ok" if needed <= at_hand <= known.keys() else "other"
