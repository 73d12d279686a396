"""Receipts checked as a stranger would: no server, no private key, only the published keys."""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from asm.demo.smoke.hotel import Hotel
from asm.demo.smoke.http import SmokeFailure, expect
from asm.demo.smoke.progress import WalkProgress


def verify_offline(hotel: Hotel, address: str, progress: WalkProgress) -> None:
    """`asm receipt verify` takes every receipt of the walk, and refuses a changed one."""
    with (
        TemporaryDirectory(prefix="asm-smoke-") as folder,
        progress.step("Receipts are verified offline, with the public keys alone") as note,
    ):
        keys = Path(folder) / "receipt-keys.json"
        keys.write_bytes(httpx.get(f"{address}/api/v1/receipts/keys").raise_for_status().content)
        for receipt in hotel.receipts.values():
            code, said = _receipt_verify(receipt["token"], keys)
            expect(code == 0 and said["genuine"], f"a genuine receipt was refused: {said}")
            expect(said["number"] == receipt["number"], "the token tells another number")
        code, said = _receipt_verify(tampered(next(iter(hotel.receipts.values()))["token"]), keys)
        expect(
            code == 1 and said.get("code") == "receipt_not_genuine",
            f"a tampered receipt was not refused: {said}",
        )
        note("Three receipts verified offline; one made to tell another punctuality is refused")


def _receipt_verify(token: str, keys: Path) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-P", "-m", "asm", "receipt", "verify", "-"]
    command += ["--keys", keys.name]
    # A folder and an environment of its own: no address, no private key can be found from there.
    done = subprocess.run(  # noqa: S603 -- our own command, and the token goes to its input
        command,
        input=token,
        cwd=keys.parent,
        env={"PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        said: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise SmokeFailure(f"`asm receipt verify` ended with {done.stderr[-500:]}") from None
    return done.returncode, said


def tampered(token: str) -> str:
    """The same receipt, made to tell the opposite of whether it was in time."""
    parts = token.split(".")
    parts[8] = "F" if parts[8] == "T" else "T"
    return ".".join(parts)
