"""The public key of the phone that an actor signed in on: it verifies what the phone signed, also
what it signed while it had no signal.
"""

from typing import Final

from joserfc.jwk import ECKey

from asm.accounts.actor import Actor

#: The one kind of key: ECDSA on P-256 with SHA-256 (ES256).
_KIND: Final = {"kty": "EC", "crv": "P-256"}


def public_key_text(key: ECKey) -> str:
    """A public key as it is stored: its coordinates, `x.y`."""
    members = key.as_dict(private=False)
    return f"{members['x']}.{members['y']}"


def key_of_text(text: str) -> ECKey:
    """The key of `public_key_text`."""
    x, _, y = text.partition(".")
    return ECKey.import_key({**_KIND, "x": x, "y": y})


def signing_key_of(actor: Actor) -> ECKey | None:
    """The key of the actor's device; None where a token is bound to none (hotel software, a page's
    session): nothing that it says is signed can be verified.
    """
    return None if actor.device is None else key_of_text(actor.device.public_key)
