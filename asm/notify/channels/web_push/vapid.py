"""The key by which push services know this installation (VAPID, RFC 8292), from `vapid.key`."""

import base64
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

#: The order of P-256: a private key is a number from 1 below it.
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def vapid_key(secret: bytes) -> ec.EllipticCurvePrivateKey:
    """The private key that 32 random bytes give."""
    number = int.from_bytes(secret, "big") % (_ORDER - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())


def vapid_public(secret: bytes) -> str:
    """The public key as browsers want it: the uncompressed point in base64url."""
    point = (
        vapid_key(secret).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    )
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()
