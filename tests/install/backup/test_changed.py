"""A backup that somebody changed where it lay: restoring is done as a superuser."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from asm.settings import Settings
from tests.install.backup.conftest import Asm
from tests.services import TestServices

Change = Callable[[dict[str, Any], Path], object]


def more_rights(manifest: dict[str, Any], _: Path) -> None:
    item = {"role": "pg_execute_server_program", "member": "asm_api", "admin": True}
    manifest["memberships"].append(item)


def another_role(manifest: dict[str, Any], _: Path) -> None:
    manifest["roles"].append(manifest["roles"][0] | {"name": "backdoor", "bypassrls": True})


def fewer_keys(manifest: dict[str, Any], _: Path) -> None:
    manifest["keys"] = {}


def another_dump(manifest: dict[str, Any], folder: Path) -> None:
    dump = folder / "database.dump"
    dump.write_bytes(dump.read_bytes() + b" ")
    content = dump.read_bytes()
    file = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    manifest["files"]["database.dump"] = file


def another_seal(manifest: dict[str, Any], _: Path) -> None:
    manifest["seal"] = "é" + manifest["seal"][1:]


@pytest.fixture
def backup(asm: Asm, tmp_path: Path) -> Path:
    status, said = asm("backup", tmp_path / "backup", "--keys", tmp_path / "keys")
    assert (status, said["sealed"]) == (0, True), said
    return tmp_path / "backup"


def test_what_somebody_changed_is_not_restored(
    backup: Path, asm: Asm, fresh: Settings, services: TestServices
) -> None:
    manifest, dump = backup / "backup.json", backup / "database.dump"
    whole, content = manifest.read_text(), dump.read_bytes()
    changes: list[Change] = [more_rights, another_role, fewer_keys, another_dump, another_seal]
    for change in changes:
        changed = json.loads(whole)
        change(changed, backup)
        manifest.write_text(json.dumps(changed))
        for more in ((), ("--unsealed",)):
            line = ("restore", backup, "--keys", backup.parent / "keys", *more)
            status, said = asm(*line, at=fresh)
            assert (status, said["code"]) == (2, "restore_seal_broken"), change
        dump.write_bytes(content)
    with psycopg.connect(services.admin_url()) as connection:
        row = connection.execute("SELECT FROM pg_roles WHERE rolname = 'backdoor'").fetchone()
    assert row is None
    assert not fresh.secrets_dir.exists()


def test_rows_that_do_not_fit_are_said(backup: Path, asm: Asm, fresh: Settings) -> None:
    """What is counted stands beside what came: a table that lost a row is named. Without a seal
    somebody has to vouch for it first.
    """
    manifest = backup / "backup.json"
    changed = json.loads(manifest.read_bytes())
    changed["rows"]["public.ward"] += 1
    changed["seal"] = ""
    manifest.write_text(json.dumps(changed))
    line = ("restore", backup, "--keys", backup.parent / "keys")
    status, said = asm(*line, at=fresh)
    assert (status, said["code"]) == (2, "restore_unsealed")
    assert "--unsealed" in said["message"]
    status, said = asm(*line, "--unsealed", at=fresh)
    assert (status, said["code"]) == (2, "restore_rows_differ")
    assert "public.ward" in said["message"]
    assert "public.account" not in said["message_en"]


def test_where_the_keys_are_not_there_is_no_seal(
    asm: Asm, settings: Settings, fresh: Settings, tmp_path: Path
) -> None:
    given = {"ASM_SECRETS_DIR": str(tmp_path / "none")}
    status, said = asm("backup", tmp_path / "backup", **given)
    assert (status, said["sealed"]) == (0, False)
    given = {"ASM_SECRETS_DIR": str(settings.secrets_dir)}
    status, said = asm("restore", tmp_path / "backup", at=fresh, **given)
    assert (status, said["code"]) == (2, "restore_unsealed")
    status, said = asm("restore", tmp_path / "backup", "--unsealed", at=fresh, **given)
    assert status == 0, said
