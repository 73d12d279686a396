"""`notify.key` rotates while messages go out: addresses follow, links in old messages go on."""

import asyncio
import uuid
from dataclasses import replace
from pathlib import Path
from unittest.mock import AsyncMock

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.audit.lookups import LookUps
from asm.demo.cast import Cast
from asm.identity.vault import keyring
from asm.identity.vault.keys import NOTIFY_FILE, create_keys, read_keys
from asm.identity.vault.rotate import Rotation
from asm.notify.contacts.reseal_contacts import Resealed, reseal_contacts
from asm.notify.contacts.rotate_contact_key import rotate_notify
from asm.notify.contacts.sealed_contact import ContactKeys, contact_keys, link_token
from asm.notify.deliver import deliver
from asm.notify.installed_channels import open_sender
from asm.outbox.drain import drain
from asm.settings import NotifySettings, Settings
from asm.worker.subscribers import HANDLERS
from tests.faults.worker_process import until
from tests.notify.messages.rows import account_id, change, put_contact, rows
from tests.notify.test_deliver import Hand
from tests.web.visitor import Visitor


@pytest.fixture(scope="session")
def secrets_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key files of these tests alone: they change them."""
    folder = tmp_path_factory.mktemp("rotating-notify")
    create_keys(folder)
    return folder


@pytest.fixture
def settings(settings: Settings) -> Settings:
    notify_settings = NotifySettings(smtp_url="smtp://127.0.0.1:1", mail_from="noreply@asm.test")
    return replace(settings, notify=notify_settings)


@pytest.fixture(autouse=True)
def picture_lives_shortly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second instead of two: each step of a rotation waits for it."""
    monkeypatch.setattr(keyring, "FRESH_S", 0.5)


@pytest.fixture
def rotation(secrets_dir: Path, admin_engine: AsyncEngine) -> Rotation:
    return Rotation(
        folder=secrets_dir,
        engine=admin_engine,
        write_look_up=LookUps(admin_engine),
        say=lambda _: None,
        note=AsyncMock(),
        grace_s=1.2,
    )


def keys_now(folder: Path) -> ContactKeys:
    return contact_keys(*read_keys(folder).notify_keys)


async def test_addresses_follow_and_old_links_go_on_while_the_old_key_is_kept(
    visitor: Visitor,
    cast: Cast,
    settings: Settings,
    rotation: Rotation,
    worker_engine: AsyncEngine,
    admin_engine: AsyncEngine,
) -> None:
    await visitor.sign_in(cast, "hai")
    await visitor.open("/inbox/settings")
    mine = {"channel": "email", "password": cast.people["hai"].password}
    await visitor.send("/inbox/contacts", address="Hai@NhaTro.test", **mine)
    (before,) = await rows(admin_engine, "SELECT * FROM contact")
    old = keys_now(rotation.folder)
    await drain(worker_engine, HANDLERS)

    done = await rotate_notify(rotation)
    assert (done.key, done.rows) == ("notify", 1)
    (after,) = await rows(admin_engine, "SELECT * FROM contact")
    assert after.sealed != before.sealed
    assert after.digest != before.digest
    new = keys_now(rotation.folder)
    assert new.opened_by(after.sealed, after.account_id, after.id, "email")[0] is new
    assert [new.former[0].link, len(new.former)] == [old.link, len(old.former) + 1]

    # The message that waited goes to the same address, with a link of the new key.
    hand = Hand()
    assert (await deliver(worker_engine, open_sender(settings), hand)).sent == 1
    assert hand.outgoing_deliveries[0].address == {"email": "Hai@nhatro.test"}
    confirm = f"/notices/{link_token(old, 'confirm', after.id)}"
    leave = f"/notices/{link_token(old, 'leave', after.id)}"
    assert not hand.outgoing_deliveries[0].link.endswith(confirm)
    await visitor.open(confirm)
    await visitor.send(confirm)
    (row,) = await rows(admin_engine, "SELECT confirmed_at FROM contact")
    assert row.confirmed_at is not None
    # The same address is known again.
    await visitor.send("/inbox/contacts", status=422, address="hai@nhatro.test", **mine)

    lines = (rotation.folder / NOTIFY_FILE).read_text().split()
    (rotation.folder / NOTIFY_FILE).write_text(lines[0] + "\n")

    async def ended() -> bool:
        return (await visitor.client.get(leave)).status_code == 404

    await until(ended, "the old key's links to end")
    alone = keys_now(rotation.folder)
    new_leave = f"/notices/{link_token(alone, 'leave', after.id)}"
    answer = await visitor.client.post(new_leave + "/one-click")
    assert (answer.status_code, answer.text) == (200, "OK")


async def test_while_it_rotates_an_address_is_neither_lost_nor_doubled(
    visitor: Visitor, cast: Cast, rotation: Rotation, admin_engine: AsyncEngine
) -> None:
    """Between the new file and the new seals, by a process that has seen the file already."""
    await visitor.sign_in(cast, "hai")
    await visitor.open("/inbox/settings")
    mine = {"channel": "email", "password": cast.people["hai"].password}
    await visitor.send("/inbox/contacts", address="hai@nhatro.test", **mine)
    path = rotation.folder / NOTIFY_FILE
    path.write_text("ab" * 32 + "\n" + path.read_text())

    async def seen() -> bool:
        keys = await visitor.client._transport.app.state.vault.current()  # type: ignore[attr-defined]
        return keys.files.notify == bytes.fromhex("ab" * 32)

    await until(seen, "the process to see the new key")
    await visitor.send("/inbox/contacts", address="Hai@nhatro.test", **mine)
    both = keys_now(rotation.folder)
    results = await asyncio.gather(*(reseal_contacts(admin_engine, both) for _ in range(2)))
    assert sorted(result.rows for result in results) == [0, 1]
    assert await reseal_contacts(admin_engine, both) == Resealed()


async def test_what_opens_under_no_key_is_counted_and_left(
    rotation: Rotation, admin_engine: AsyncEngine
) -> None:
    await put_contact(admin_engine, "hai", "email", {"email": "hai@nhatro.test"})
    await change(
        admin_engine,
        "UPDATE contact SET sealed = :s WHERE account_id = :hai",
        s=b"x" * 60,
        hai=await account_id(admin_engine, "hai"),
    )
    keys = keys_now(rotation.folder)
    assert await reseal_contacts(admin_engine, keys) == Resealed(rows=0, not_opened=1)
    (row,) = await rows(admin_engine, "SELECT sealed FROM contact")
    assert bytes(row.sealed) == b"x" * 60


async def test_a_strangers_link_is_none(client: httpx.AsyncClient) -> None:
    stranger = contact_keys(b"s" * 32)
    token = link_token(stranger, "leave", uuid.uuid4())
    assert (await client.get(f"/notices/{token}")).status_code == 404
