"""A new key for where people are reached, while messages go out."""

import secrets

from asm.identity.vault.keys import (
    KEY_BYTES,
    NOTIFY_FILE,
    encryption_key_id,
    read_keys,
    write_secret,
)
from asm.identity.vault.rotate import Rotated, Rotation
from asm.notify.contacts.reseal_contacts import reseal_contacts
from asm.notify.contacts.sealed_contact import contact_keys


async def rotate_notify(rotation: Rotation) -> Rotated:
    """Addresses are sealed by the new key; links that former ones signed (to confirm, to
    unsubscribe) stay good while these stand below it in `notify.key`. Stopped in between, it may
    be run again.
    """
    path = rotation.folder / NOTIFY_FILE
    new = secrets.token_bytes(KEY_BYTES)
    await rotation.note(NOTIFY_FILE, new)
    write_secret(path, f"{new.hex()}\n" + path.read_text(encoding="ascii"))
    # A process that has not seen the new file yet could not open what is sealed by it.
    await rotation.wait()
    keys = contact_keys(*read_keys(rotation.folder).notify_keys)
    done = await reseal_contacts(rotation.engine, keys)
    if done.not_opened:
        rotation.say(f"{done.not_opened} addresses open under no key of {NOTIFY_FILE}: left alone")
    return Rotated(key="notify", new_id=encryption_key_id(new), rows=done.rows)
