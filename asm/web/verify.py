"""Check a receipt. The browser does it alone with the public keys in the page; without scripts the
same form asks the server.
"""

import json
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency

from asm.errors import Invalid
from asm.identity.pasted_text import clean_text
from asm.identity.vault.keys import KeyFiles, public_key_bytes
from asm.stays.receipts.attempts import VerifiedAttempt, attempt_token_in, verify_attempt
from asm.stays.receipts.receipt import VerifiedReceipt, verify_token
from asm.web.page import WebRequest, known_reader, page, seems_signed_in

#: A receipt is about 300 characters; a receipt's JSON a little more.
_LONGEST_FILE = 20_000


@get("/verify", include_in_schema=False)
async def verify_page(request: WebRequest, key_files: NamedDependency[KeyFiles]) -> Response[Any]:
    return _page(request, key_files)


@post("/verify", include_in_schema=False, status_code=200, opt={"file": True})
async def verify_on_server(
    request: WebRequest, key_files: NamedDependency[KeyFiles]
) -> Response[Any]:
    form = await request.form()
    text = str(form.get("token", ""))
    file = form.get("file")
    if not text.strip() and isinstance(file, UploadFile):
        text = (await file.read(_LONGEST_FILE)).decode("utf-8", errors="replace")
    tried = attempt_token_in(text)
    try:
        if tried is not None:
            attempt = verify_attempt(tried, key_files.public_keys)
            return _page(request, key_files, attempt=attempt, text=text)
        receipt = verify_token(token_in(text), key_files.public_keys)
    except Invalid as refusal:
        return _page(request, key_files, refusal=refusal, text=text)
    return _page(request, key_files, receipt=receipt, text=text)


def token_in(text: str) -> str:
    """The token in a pasted address, a receipt's JSON, or the bare token itself."""
    text = clean_text(text).strip()
    if text.startswith("{"):
        try:
            receipt_json = json.loads(text)
        except (ValueError, RecursionError):  # nested beyond all depth
            return text
        return str(receipt_json.get("token", ""))
    return text.rpartition("#")[2]


def _page(
    request: WebRequest,
    key_files: KeyFiles,
    *,
    receipt: VerifiedReceipt | None = None,
    attempt: VerifiedAttempt | None = None,
    refusal: Invalid | None = None,
    text: str = "",
) -> Response[Any]:
    public = {name: public_key_bytes(key).hex() for name, key in key_files.public_keys.items()}
    return page(
        request,
        "verify.html",
        status=422 if refusal else 200,
        actor=known_reader(request),
        known=seems_signed_in(request),
        keys=msgspec.json.encode(public).decode(),
        receipt=receipt,
        attempt=attempt,
        refusal=refusal,
        text=text if refusal or receipt or attempt else "",
    )
