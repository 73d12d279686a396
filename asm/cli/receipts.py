"""`asm receipt`: the public keys, and whether a receipt is genuine; no database is asked."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from asm.cli.console import NO, say
from asm.errors import Refusal
from asm.identity.vault.keys import public_key_bytes, read_keys
from asm.settings import read_settings
from asm.stays.receipts.attempts import attempt_token_in, verify_attempt
from asm.stays.receipts.receipt import read_public_keys, token_in, verify_token

receipt_app = typer.Typer(name="receipt", no_args_is_help=True, help="Signed receipts.")


@receipt_app.command("keys")
def receipt_keys() -> None:
    """Print the public keys that verify receipts: publish them wherever people may look."""
    keys = read_keys(read_settings().secrets_dir)
    say({key_id: public_key_bytes(key).hex() for key_id, key in keys.public_keys.items()})


@receipt_app.command("verify")
def receipt_verify(
    file: Annotated[str, typer.Argument(help="Receipt as JSON or text; - reads standard input.")],
    keys_file: Annotated[
        Path | None, typer.Option("--keys", help="Output of `asm receipt keys`; default: ours.")
    ] = None,
) -> None:
    """Check a receipt with public keys alone. Exit 0: genuine, 1: not, with the reason, 3: genuine
    proof of an attempt that stored nothing, which is no receipt.
    """
    content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    text = content.decode("utf-8", "replace")
    if keys_file is None:
        public = read_keys(read_settings().secrets_dir).public_keys
    else:
        public = read_public_keys(keys_file.read_bytes())
    tried = attempt_token_in(text)
    try:
        if tried is None:
            say({"genuine": True, **msgspec.to_builtins(verify_token(token_in(text), public))})
            return
        say({"genuine": True, "attempt": msgspec.to_builtins(verify_attempt(tried, public))})
    except Refusal as refusal:
        say({"genuine": False, "code": refusal.code, "message": refusal.message_en})
        raise typer.Exit(NO) from refusal
    raise typer.Exit(3)
