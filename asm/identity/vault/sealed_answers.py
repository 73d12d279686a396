"""Seal what was answered to somebody, until it may be given again. As guests are sealed: by this
month's data key, bound to the table and to whose it is.
"""

import secrets
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from asm.identity.vault.keys import Keys
from asm.identity.vault.sealing import VaultError

_NONCE: Final = 12
_BOUND: Final = b"account_answer\x1fsealed\x1f"


def seal_answer(keys: Keys, account_id: UUID, key: str, answer: bytes) -> bytes:
    """`answer`, for this account and key alone; the data key's name stands before it."""
    nonce = secrets.token_bytes(_NONCE)
    name = keys.data_key_id.encode("ascii")
    box = AESGCM(keys.data[keys.data_key_id])
    return name + b":" + nonce + box.encrypt(nonce, answer, _associated(account_id, key, name))


def open_answer(keys: Keys, account_id: UUID, key: str, sealed: bytes) -> bytes:
    """The answer again. Raises VaultError; the text never shows it."""
    name, _, rest = sealed.partition(b":")
    data_key = keys.data.get(name.decode("ascii"))
    if data_key is None:
        raise VaultError(f"key {name.decode('ascii')} is not to be had")
    nonce, body = rest[:_NONCE], rest[_NONCE:]
    try:
        return AESGCM(data_key).decrypt(nonce, body, _associated(account_id, key, name))
    except InvalidTag as error:
        raise VaultError("a kept answer does not open") from error


def _associated(account_id: UUID, key: str, name: bytes) -> bytes:
    return _BOUND + account_id.bytes + key.encode() + b"\x1f" + name
