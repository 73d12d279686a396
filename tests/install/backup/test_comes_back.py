"""What was backed up comes back: the same stays, receipts and sealed names, on a fresh database."""

import asyncio
import secrets
import shutil
import stat
from pathlib import Path

import httpx
import psycopg
import pytest

from asm.demo.cast import Cast
from asm.install.backup.manifest import read_manifest, require_intact
from asm.settings import Settings
from tests.install.backup.conftest import HalfWay, Process
from tests.live_app import application, started
from tests.people import fresh_key, guest, party, sign_in, stays_of


async def declare(client: httpx.AsyncClient, cast: Cast, lan: dict[str, str], name: str) -> str:
    answer = await client.post(
        stays_of(cast), headers=lan | fresh_key(), json=party(guest(full_name=name))
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["results"][0]["stay_id"])


async def test_stays_receipts_and_names_come_back(
    client: httpx.AsyncClient,
    cast: Cast,
    asm_process: Process,
    fresh: Settings,
    tmp_path: Path,
) -> None:
    lan = await sign_in(client, cast, "lan")
    stay = await declare(client, cast, lan, "Nguyễn Văn Sao")
    path = f"{stays_of(cast)}/{stay}"
    before = (await client.get(path, headers=lan)).json()
    assert "Nguyễn Văn Sao" in str(before)
    folder, keys = tmp_path / "backup", tmp_path / "keys"
    status, written = await asm_process("backup", folder, "--keys", keys)
    assert (status, written["ok"]) == (0, True), written
    assert written["rows"] > 3000
    assert "secrets/vault.key" in written["keys"]
    assert sorted(path.name for path in folder.iterdir()) == ["backup.json", "database.dump"]
    for each in (folder, keys, *folder.iterdir(), *keys.rglob("*")):
        assert stat.S_IMODE(each.stat().st_mode) & 0o077 == 0, each

    status, restored = await asm_process("restore", folder, "--keys", keys, at=fresh)
    assert (status, restored["ok"]) == (0, True), restored
    assert restored["rows"] == written["rows"]
    assert restored["vault_keys"] >= 2
    async with started(application(fresh)) as running:
        transport = httpx.ASGITransport(app=running)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as there:
            after = await there.get(path, headers=await sign_in(there, cast, "lan"))
            assert after.json() == before
            # The rights to the database came along, too: a declaration is taken as ever.
            await declare(there, cast, await sign_in(there, cast, "lan"), "Trần Thị Mới")


async def test_declarations_go_on_meanwhile_and_belong_to_no_backup_by_half(
    client: httpx.AsyncClient,
    cast: Cast,
    asm_process: Process,
    settings: Settings,
    fresh: Settings,
    half_way: HalfWay,
    tmp_path: Path,
) -> None:
    lan = await sign_in(client, cast, "lan")
    backup = asyncio.create_task(
        asm_process("backup", tmp_path / "backup", ASM_PG_BINDIR=str(half_way.folder))
    )
    await half_way.reached(backup)
    stay = await declare(client, cast, lan, "Lê Văn Sau")
    half_way.go_on()
    status, written = await backup
    assert status == 0, written
    given = {"ASM_SECRETS_DIR": str(settings.secrets_dir)}
    status, restored = await asm_process("restore", tmp_path / "backup", at=fresh, **given)
    assert status == 0, restored
    with psycopg.connect(fresh.admin_database_url) as connection:
        row = connection.execute("SELECT count(*) FROM stay WHERE id = %s", [stay]).fetchone()
    assert row == (0,)


async def test_no_table_is_changed_meanwhile(
    asm_process: Process, settings: Settings, half_way: HalfWay, tmp_path: Path
) -> None:
    """Rewritten by a migration it would be empty for the moment that the backup holds."""
    backup = asyncio.create_task(
        asm_process("backup", tmp_path / "backup", ASM_PG_BINDIR=str(half_way.folder))
    )
    await half_way.reached(backup)
    with psycopg.connect(settings.admin_database_url, autocommit=True) as connection:
        connection.execute("SET lock_timeout = '300ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            connection.execute("ALTER TABLE ward ADD COLUMN filled uuid DEFAULT gen_random_uuid()")
    half_way.go_on()
    status, written = await backup
    assert status == 0, written
    assert read_manifest(tmp_path / "backup").rows["public.ward"] > 3000


async def test_keys_that_change_meanwhile(
    asm_process: Process, settings: Settings, half_way: HalfWay, tmp_path: Path
) -> None:
    """Copied before, they are not surely those by which the dump was sealed: both or none."""
    folder, copied, own = tmp_path / "backup", tmp_path / "keys", tmp_path / "secrets"
    shutil.copytree(settings.secrets_dir, own)
    given = {"ASM_PG_BINDIR": str(half_way.folder), "ASM_SECRETS_DIR": str(own)}
    backup = asyncio.create_task(asm_process("backup", folder, "--keys", copied, **given))
    await half_way.reached(backup)
    file = own / "notify.key"
    file.write_text(f"{secrets.token_hex(32)}\n{file.read_text()}")
    half_way.go_on()
    status, said = await backup
    assert (status, said["code"]) == (2, "backup_keys_changed")
    assert "notify.key" in said["message"]
    assert not folder.exists()
    assert not copied.exists()


async def test_two_at_once_into_one_folder(
    asm_process: Process, half_way: HalfWay, tmp_path: Path
) -> None:
    """Whoever is ready first has it; the other says so, and has spoilt nothing."""
    folder, slow_keys = tmp_path / "to" / "backup", tmp_path / "slow-keys"
    slow = asyncio.create_task(
        asm_process("backup", folder, "--keys", slow_keys, ASM_PG_BINDIR=str(half_way.folder))
    )
    await half_way.reached(slow)
    status, written = await asm_process("backup", folder)
    assert status == 0, written
    half_way.go_on()
    status, said = await slow
    assert (status, said["code"]) == (2, "backup_folder_there")
    assert not slow_keys.exists()
    assert list(folder.parent.iterdir()) == [folder]
    require_intact(folder, read_manifest(folder).files)
