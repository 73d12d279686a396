"""Keys are made where none were, and replaced only by name: nothing is overwritten."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.testing import CliRunner

from asm.__main__ import app
from asm.errors import Misconfigured
from asm.identity.vault.keys import (
    FILES,
    FORM_FILE,
    FORMER_RECEIPT_KEYS,
    NOTIFY_FILE,
    RECEIPT_FILE,
    VAPID_FILE,
    VAULT_FILE,
    VAULT_VARIABLE,
    create_keys,
    public_key_bytes,
    read_keys,
)
from asm.identity.vault.rotate import rotate_receipt
from asm.install.belonging.init_keys import REPLACEABLE, init_first_keys, init_keys, replace_key
from asm.install.belonging.key_marks import check_keys, note_keys
from asm.install.belonging.require_own import require_own
from asm.settings import Settings
from asm.stays.open_vault import open_vault
from tests.cli.commands_given import complaint
from tests.install.belonging.conftest import Execute
from tests.serve import environment


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}


def asm(settings: Settings, *line: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, list(line), env=environment(settings, 8000))
    assert done.exit_code == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


async def test_a_lost_key_is_not_made_anew(
    own: Settings, admin_engine: AsyncEngine, folder: Path
) -> None:
    await note_keys(admin_engine, folder)
    for file in FILES:
        kept = (folder / file).read_text()
        (folder / file).unlink()
        before = contents(folder)
        said = await asyncio.to_thread(complaint, own, "keys", "init")
        assert said["code"] == "key_file_missing_here"
        assert file in said["message"]
        assert file in said["message_en"]
        assert contents(folder) == before
        (folder / file).write_text(kept)
    empty = folder.with_name("empty")
    said = await asyncio.to_thread(complaint, replace(own, secrets_dir=empty), "keys", "init")
    assert all(file in said["message"] for file in FILES)
    assert not empty.exists()


async def test_what_is_in_use_shows_what_was_lost_before_there_were_marks(
    api_engine: AsyncEngine, admin_engine: AsyncEngine, folder: Path, execute: Execute
) -> None:
    await open_vault(folder, api_engine).current()
    await execute(
        "INSERT INTO contact (id, account_id, channel, sealed, digest, hint) "
        "SELECT gen_random_uuid(), id, 'web_push', '', '', '' FROM account WHERE login = 'lan'"
    )
    await execute("DROP TABLE installation, installation_key")
    for file in FILES:
        kept = (folder / file).read_text()
        (folder / file).unlink()
        with pytest.raises(Misconfigured, match=file):
            await init_keys(admin_engine, folder)
        (folder / file).write_text(kept)
    # Nobody was ever reached there: what came with a later version is new.
    await execute("DELETE FROM contact")
    for file in (NOTIFY_FILE, VAPID_FILE):
        (folder / file).unlink()
    assert (await init_keys(admin_engine, folder)).written == [NOTIFY_FILE, VAPID_FILE]


@pytest.mark.parametrize("file", REPLACEABLE)
async def test_a_key_that_is_lost_for_good_is_replaced_by_name(
    file: str, own: Settings, admin_engine: AsyncEngine, folder: Path
) -> None:
    await note_keys(admin_engine, folder)
    before, old = contents(folder), read_keys(folder)
    (folder / file).write_text("7f" * 32)
    answer = await asyncio.to_thread(asm, own, "keys", "init", "--replace", file)
    assert (answer["made"], answer["set_aside"]) == ([file], [f"{file}.set-aside-1"])
    after = contents(folder)
    assert after[f"{file}.set-aside-1"] == "7f" * 32
    assert after[file] not in {before[file], "7f" * 32}
    states = await check_keys(admin_engine, folder)
    assert {states[each] for each in FILES} == {"ok"}
    if file == RECEIPT_FILE:
        # Its public half was known: what it signed stays genuine.
        assert old.receipt_key_id in read_keys(folder).public_keys


async def test_without_the_vaults_key_there_is_no_new_one(
    own: Settings, admin_engine: AsyncEngine, folder: Path
) -> None:
    await note_keys(admin_engine, folder)
    before = contents(folder)
    said = await asyncio.to_thread(complaint, own, "keys", "init", "--replace", VAULT_FILE)
    assert said["code"] == "key_not_replaceable"
    assert contents(folder) == before
    # One at a time, and only where the others are right.
    (folder / VAULT_FILE).unlink()
    with pytest.raises(Misconfigured, match=VAULT_FILE):
        await replace_key(admin_engine, folder, FORM_FILE)


@pytest.mark.parametrize(
    "line",
    [
        ("account", "code", "admin"),
        ("keys", "rotate", "receipt"),
        ("keys", "init"),
        ("migrate",),
        ("seed",),
    ],
)
async def test_no_command_works_with_keys_from_elsewhere(
    line: tuple[str, ...], own: Settings, admin_engine: AsyncEngine, folder: Path
) -> None:
    await note_keys(admin_engine, folder)
    for file in FILES:
        (folder / file).write_text("7f" * 32)
    before = contents(folder)
    said = await asyncio.to_thread(complaint, own, *line)
    assert said["code"] == "key_file_other_here"
    assert contents(folder) == before


async def test_former_receipt_keys_come_back_from_the_database(
    own: Settings, admin_engine: AsyncEngine, folder: Path
) -> None:
    await note_keys(admin_engine, folder)
    old = read_keys(folder)
    await asyncio.to_thread(asm, own, "keys", "rotate", "receipt")
    (folder / FORMER_RECEIPT_KEYS).unlink()
    assert (await check_keys(admin_engine, folder))[FORMER_RECEIPT_KEYS] == "missing"
    answer = await asyncio.to_thread(asm, own, "keys", "init")
    assert answer["made"] == [FORMER_RECEIPT_KEYS]
    assert set(read_keys(folder).public_keys) > {old.receipt_key_id}
    assert (await check_keys(admin_engine, folder))[FORMER_RECEIPT_KEYS] == "ok"


async def test_a_key_that_never_signed_here_vouches_for_nothing(
    own: Settings, admin_engine: AsyncEngine, folder: Path, tmp_path: Path
) -> None:
    """A public key that somebody writes beside the former ones would make theirs genuine."""
    await note_keys(admin_engine, folder)
    await asyncio.to_thread(asm, own, "keys", "rotate", "receipt")
    genuine = json.loads((folder / FORMER_RECEIPT_KEYS).read_text())
    create_keys(tmp_path / "strangers")
    stranger = read_keys(tmp_path / "strangers")
    theirs = {name: public_key_bytes(key).hex() for name, key in stranger.public_keys.items()}
    for planted in (genuine | theirs, theirs):
        (folder / FORMER_RECEIPT_KEYS).write_text(json.dumps(planted))
        assert (await check_keys(admin_engine, folder))[FORMER_RECEIPT_KEYS] == "other"
        with pytest.raises(Misconfigured, match=FORMER_RECEIPT_KEYS):
            await require_own(admin_engine, folder)
    # A new receipt key takes over what is known here, and nothing of the file.
    replaced = await asyncio.to_thread(asm, own, "keys", "init", "--replace", RECEIPT_FILE)
    assert f"{FORMER_RECEIPT_KEYS}.set-aside-1" in replaced["set_aside"]
    assert set(read_keys(folder).public_keys) > set(genuine)
    assert not set(read_keys(folder).public_keys) & set(theirs)
    assert await require_own(admin_engine, folder)


async def test_former_keys_of_before_the_marks_are_noted_with_the_first(
    own: Settings, admin_engine: AsyncEngine, folder: Path
) -> None:
    before = read_keys(folder)
    rotate_receipt(folder, bytes(range(32)))
    assert (await check_keys(admin_engine, folder))[FORMER_RECEIPT_KEYS] == "unmarked"
    assert (await note_keys(admin_engine, folder))[FORMER_RECEIPT_KEYS] == "ok"
    (folder / FORMER_RECEIPT_KEYS).unlink()
    assert await asyncio.to_thread(asm, own, "keys", "init")
    assert before.receipt_key_id in read_keys(folder).public_keys


def test_without_a_database_only_a_new_folder_gets_keys(own: Settings, folder: Path) -> None:
    alone = replace(own, admin_database_url="")
    assert init_first_keys(folder.with_name("new")) is not None
    assert asm(alone, "keys", "init")["made"] == []
    (folder / NOTIFY_FILE).unlink()
    before = contents(folder)
    assert complaint(alone, "keys", "init")["code"] == "keys_need_database"
    assert contents(folder) == before


async def test_no_file_for_a_key_that_a_variable_holds(
    admin_engine: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VAULT_VARIABLE, "7f" * 32)
    folder = tmp_path / "secrets"
    assert VAULT_FILE not in (await init_keys(admin_engine, folder)).written
    assert read_keys(folder).encryption
