"""What anyone needs to check a receipt: the public keys, and the check itself."""

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from asm.api.problems import documented
from asm.identity.vault.keys import KeyFiles, public_key_bytes
from asm.stays.receipts.receipt import VerifiedReceipt, token_in, verify_token


class ReceiptText(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A token, the address in the QR, or a whole receipt as text."""

    text: str


@get("/receipts/keys", operation_id="listReceiptKeys")
async def receipt_keys(key_files: NamedDependency[KeyFiles]) -> dict[str, str]:
    """Key id → Ed25519 public key (64 hexadecimal digits): all that a check needs. Keep a copy."""
    return {key_id: public_key_bytes(key).hex() for key_id, key in key_files.public_keys.items()}


@post("/receipts/verify", operation_id="verifyReceipt", status_code=200, responses=documented(422))
async def verify(
    data: JSONBody[ReceiptText], key_files: NamedDependency[KeyFiles]
) -> VerifiedReceipt:
    """Check a receipt here; the page and the command line do it without any server."""
    return verify_token(token_in(data.text), key_files.public_keys)


HANDLERS = [receipt_keys, verify]
