"""What vouches for a backup: a seal that only the installation's keys make and prove.

Restoring is done as a superuser: roles, rights and what the dump says are put into effect. Hashes
that lie beside it say nothing about who wrote them.
"""

import hashlib
import hmac
from collections.abc import Collection
from typing import Final

import msgspec

from asm.errors import Conflict
from asm.identity.vault.keys import KeyFiles
from asm.install.backup.manifest import MANIFEST, Manifest

_PURPOSE: Final = b"asm backup seal 1"


def seal(manifest: Manifest, keys: KeyFiles | None, vault_keys: Collection[str]) -> Manifest:
    """With the seal of the key that the database's vault is wrapped by (`vault_keys`, names; none
    before the first guest); without one where that key is not at hand.
    """
    at_hand = {} if keys is None else keys.encryption
    mine = [key for name, key in at_hand.items() if name in (vault_keys or at_hand)]
    return msgspec.structs.replace(manifest, seal=_mac(manifest, mine[0]) if mine else "")


def require_seal(manifest: Manifest, keys: KeyFiles, *, unsealed: bool) -> None:
    """Raises Conflict for a manifest that is not as it was made by whoever has `keys`, and for one
    without a seal unless `unsealed`.
    """
    if not manifest.seal:
        if unsealed:
            return
        raise Conflict("restore_unsealed", file=MANIFEST)
    # Never compared as text: what is not ASCII would raise.
    macs = [_mac(manifest, key).encode() for key in keys.encryption.values()]
    if not any(hmac.compare_digest(mac, manifest.seal.encode()) for mac in macs):
        raise Conflict("restore_seal_broken", file=MANIFEST)


def _mac(manifest: Manifest, key: bytes) -> str:
    content = msgspec.json.encode(msgspec.structs.replace(manifest, seal=""), order="deterministic")
    own = hmac.digest(key, _PURPOSE, hashlib.sha256)
    return hmac.new(own, content, hashlib.sha256).hexdigest()
