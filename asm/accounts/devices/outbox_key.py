"""The key with which the app on a phone seals what waits there to be sent.

It is made of a secret of the server's, of the account and of the name of the app's storage, and is
kept nowhere: the same person who signs in again on the same phone gets the same key, so that what
waits outlives the end of a sign-in; another person on the same phone gets another.
"""

from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import select

from asm.accounts.access import Scope
from asm.accounts.devices.model import device
from asm.errors import Conflict

_BYTES: Final = 32


async def outbox_key(scope: Scope, key: bytes) -> bytes:
    """The key of the device that asks. `key`: the server's. Raises Conflict `no_device` for a token
    that is bound to none.
    """
    if scope.actor.device is None:
        raise Conflict("no_device")
    rows = await scope.session.execute(
        select(device.c.binding).where(device.c.id == scope.actor.device.id)
    )
    info = b"asm outbox key\x1f" + rows.scalar_one().encode()
    derive = HKDF(algorithm=SHA256(), length=_BYTES, salt=scope.actor.id.bytes, info=info)
    return derive.derive(key)
