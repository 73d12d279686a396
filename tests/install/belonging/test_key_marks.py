"""A database knows its key files, and nothing that would help whoever has not got them."""

import hashlib
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.session import one_transaction
from asm.errors import Misconfigured
from asm.identity.vault.keys import (
    FILES,
    FORMER_RECEIPT_KEYS,
    RECEIPT_FILE,
    VAULT_FILE,
    VAULT_VARIABLE,
    create_keys,
    keys_in,
    read_keys,
)
from asm.identity.vault.rotate import rotate_receipt
from asm.install.belonging.fingerprints import fingerprint
from asm.install.belonging.key_marks import check_keys, note_keys, put_mark, settle_mark
from asm.install.belonging.require_own import require_own
from asm.settings import Settings
from asm.stays.open_vault import open_vault
from tests.notify.messages.rows import rows

NEW = b"\x07" * 32
ALL_OK = dict.fromkeys(FILES, "ok") | {FORMER_RECEIPT_KEYS: "absent"}


@pytest.fixture
async def noted(admin_engine: AsyncEngine, folder: Path) -> Path:
    """The folder, with its keys noted in the database."""
    assert await note_keys(admin_engine, folder) == ALL_OK
    return folder


@pytest.mark.parametrize("login", ["api", "worker"])
async def test_every_login_may_ask(
    login: str, noted: Path, api_engine: AsyncEngine, worker_engine: AsyncEngine
) -> None:
    engine = api_engine if login == "api" else worker_engine
    assert await check_keys(engine, noted) == ALL_OK
    assert await require_own(engine, noted)


@pytest.mark.parametrize("file", FILES)
async def test_a_file_that_is_lost_or_from_elsewhere_is_named(
    file: str, noted: Path, api_engine: AsyncEngine, tmp_path: Path
) -> None:
    before = (noted / file).read_text()
    (noted / file).unlink()
    assert await check_keys(api_engine, noted) == ALL_OK | {file: "missing"}
    with pytest.raises(Misconfigured, match=file) as lost:
        await require_own(api_engine, noted)
    assert lost.value.code == "key_file_missing_here"
    create_keys(tmp_path / "elsewhere")
    (noted / file).write_text((tmp_path / "elsewhere" / file).read_text())
    with pytest.raises(Misconfigured, match=file) as other:
        await require_own(api_engine, noted)
    assert other.value.code == "key_file_other_here"
    assert [each for each in FILES if each in str(other.value)] == [file]
    (noted / file).write_text("not a key")
    assert (await check_keys(api_engine, noted))[file] == "broken"
    (noted / file).write_text(before)
    assert await require_own(api_engine, noted)


async def test_a_mark_that_is_there_stays(
    noted: Path, admin_engine: AsyncEngine, tmp_path: Path
) -> None:
    """A second installation on this database changes nothing of the first."""
    second = tmp_path / "second"
    create_keys(second)
    assert set((await note_keys(admin_engine, second)).values()) == {"other", "absent"}
    assert await check_keys(admin_engine, noted) == ALL_OK


async def test_what_is_wrapped_tells_of_the_vaults_key_without_a_mark(
    own: Settings, api_engine: AsyncEngine, admin_engine: AsyncEngine, tmp_path: Path
) -> None:
    await open_vault(own.secrets_dir, api_engine).current()
    create_keys(tmp_path / "other")
    assert (await check_keys(api_engine, own.secrets_dir))[VAULT_FILE] == "unmarked"
    assert (await check_keys(api_engine, tmp_path / "other"))[VAULT_FILE] == "other"
    assert (await check_keys(api_engine, tmp_path / "none"))[VAULT_FILE] == "missing"
    # Of a folder whose vault key does not fit, nothing is noted.
    assert (await note_keys(admin_engine, tmp_path / "other"))[RECEIPT_FILE] == "unmarked"


async def test_the_vaults_key_may_come_from_the_environment(
    noted: Path, api_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = (noted / VAULT_FILE).read_text().strip()
    (noted / VAULT_FILE).unlink()
    monkeypatch.setenv(VAULT_VARIABLE, key)
    assert await check_keys(api_engine, noted) == ALL_OK
    monkeypatch.setenv(VAULT_VARIABLE, NEW.hex())
    assert (await check_keys(api_engine, noted))[VAULT_FILE] == "other"


async def test_a_rotation_is_right_at_every_moment(noted: Path, admin_engine: AsyncEngine) -> None:
    """Broken off between any two steps, the processes start."""
    old = read_keys(noted)
    async with one_transaction(admin_engine) as session:
        await put_mark(session, RECEIPT_FILE, NEW, state="next")
    assert await require_own(admin_engine, noted)
    rotate_receipt(noted, NEW)
    assert await require_own(admin_engine, noted)
    async with one_transaction(admin_engine) as session:
        await settle_mark(session, RECEIPT_FILE, NEW)
    assert await check_keys(admin_engine, noted) == ALL_OK | {FORMER_RECEIPT_KEYS: "ok"}
    (noted / RECEIPT_FILE).write_text(old.receipt.private_bytes_raw().hex())
    assert (await check_keys(admin_engine, noted))[RECEIPT_FILE] == "other"
    # Receipts of before are vouched for by this file alone.
    (noted / FORMER_RECEIPT_KEYS).unlink()
    assert (await check_keys(admin_engine, noted))[FORMER_RECEIPT_KEYS] == "missing"
    (noted / FORMER_RECEIPT_KEYS).write_text("{}")
    assert (await check_keys(admin_engine, noted))[FORMER_RECEIPT_KEYS] == "other"


async def test_a_fingerprint_gives_nothing_away(noted: Path, admin_engine: AsyncEngine) -> None:
    stored = str(await rows(admin_engine, "SELECT * FROM installation_key"))
    for file in FILES:
        (key,) = keys_in(noted, file)
        assert fingerprint(file, key) in stored
        for known in (key.hex(), hashlib.sha256(key).hexdigest()[:16]):
            assert known not in stored
        assert fingerprint(file, key) != fingerprint("another.key", key)
