"""Settings of notices: addresses that are confirmed and left by links, choices, quiet hours."""

import re
from dataclasses import replace

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import Cast
from asm.identity.vault.keys import KeyFiles
from asm.notify.contacts.sealed_contact import contact_keys, link_token
from asm.outbox.drain import drain
from asm.settings import NotifySettings, Settings
from asm.worker.subscribers import HANDLERS
from tests.notify.messages.rows import change, rows
from tests.web.visitor import Visitor


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """An installation that has mail, SMS and webhooks."""
    channels = NotifySettings(
        smtp_url="smtp://127.0.0.1:1",
        mail_from="noreply@asm.test",
        sms_url="https://sms.test/send",
        webhook_hosts=("pms.test",),
    )
    return replace(settings, notify=channels)


async def test_an_address_is_used_after_its_link_was_opened_and_left_by_one_click(
    visitor: Visitor,
    cast: Cast,
    worker_engine: AsyncEngine,
    admin_engine: AsyncEngine,
    keys: KeyFiles,
) -> None:
    await visitor.sign_in(cast, "hai")
    await visitor.open("/inbox/settings")
    hers = {"password": cast.people["hai"].password}
    await visitor.send("/inbox/contacts", channel="email", address="Hai@NhaTro.test", **hers)
    assert "H…@nhatro.test" in visitor.html
    assert "chờ xác nhận" in visitor.html
    await drain(worker_engine, HANDLERS)
    (waiting,) = await rows(
        admin_engine,
        "SELECT topic, channel, contact_id, in_inbox FROM delivery "
        "JOIN message ON message.id = delivery.message_id",
    )
    assert (waiting.topic, waiting.channel, waiting.in_inbox) == ("confirm", "email", False)
    stranger = Visitor(httpx.AsyncClient(transport=visitor.client._transport,
                                         base_url=visitor.client.base_url))  # fmt: skip
    link = contact_keys(keys.notify)
    async with stranger.client:
        await stranger.open(f"/notices/{link_token(link, 'confirm', waiting.contact_id)}")
        assert await confirmed(admin_engine) == [False]  # looking at it changes nothing
        await stranger.send(f"/notices/{link_token(link, 'confirm', waiting.contact_id)}")
        assert await confirmed(admin_engine) == [True]
        leave = f"/notices/{link_token(link, 'leave', waiting.contact_id)}"
        # As a mail program does it: no page before, no cookie, no form token.
        stranger.client.cookies.clear()
        one_click = await stranger.client.post(
            f"{leave}/one-click", data={"List-Unsubscribe": "One-Click"}
        )
        assert one_click.status_code == 200
        for broken in (leave[:-3] + "AAA", "/notices/abc", "/notices/%C3%A9"):
            assert (await stranger.client.get(broken)).status_code == 404
    await visitor.open("/inbox/settings")
    assert "H…@nhatro.test" not in visitor.html
    # The same address may come back, and must be confirmed again.
    await visitor.send("/inbox/contacts", channel="email", address="hai@nhatro.test", **hers)
    assert "chờ xác nhận" in visitor.html


async def links_written(worker_engine: AsyncEngine, admin_engine: AsyncEngine) -> int:
    """How many confirming links were written, when all that waits is done."""
    await drain(worker_engine, HANDLERS)
    return len(await rows(admin_engine, "SELECT id FROM message WHERE topic = 'confirm'"))


async def test_a_link_that_was_lost_is_sent_again(
    visitor: Visitor, cast: Cast, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    """By the button, and by adding the same address again; not without end."""
    hers = {"password": cast.people["hai"].password}
    await visitor.sign_in(cast, "hai")
    await visitor.open("/inbox/settings")
    await visitor.send("/inbox/contacts", channel="email", address="hai@nhatro.test", **hers)
    button = re.search(r'action="(/inbox/contacts/[0-9a-f-]+/confirm)"', visitor.html)
    assert button is not None
    assert await links_written(worker_engine, admin_engine) == 1
    await visitor.send(button.group(1), status=422)
    assert "sau 10 phút gửi lại được" in visitor.html
    await visitor.send(
        "/inbox/contacts", status=422, channel="email", address="hai@nhatro.test", **hers
    )
    assert "sau 10 phút gửi lại được" in visitor.html
    assert await links_written(worker_engine, admin_engine) == 1
    for again in range(2, 6):
        await later(admin_engine)
        if again % 2:
            await visitor.send(button.group(1))
            assert "Đã gửi lại liên kết xác nhận" in visitor.html
        else:
            await visitor.send(
                "/inbox/contacts", channel="email", address=" HAI@nhatro.test", **hers
            )
        assert await links_written(worker_engine, admin_engine) == again
    await later(admin_engine)
    await visitor.send(button.group(1), status=422)
    assert "nhiều nhất 5 lần" in visitor.html
    assert await links_written(worker_engine, admin_engine) == 5
    contacts = await rows(admin_engine, "SELECT for_codes FROM contact")
    assert [row.for_codes for row in contacts] == [True]
    await change(admin_engine, "UPDATE contact SET confirmed_at = clock_timestamp()")
    await visitor.send(
        "/inbox/contacts", status=422, channel="email", address="hai@nhatro.test", **hers
    )
    assert "Nơi nhận này đã có." in visitor.html
    assert "/confirm" not in visitor.html
    await visitor.sign_in(cast, "lan")
    await visitor.open("/inbox/settings")
    await visitor.send(button.group(1), status=404)


async def later(engine: AsyncEngine) -> None:
    """What was sent lies a quarter of an hour back, under the key of its ten minutes."""
    await change(
        engine,
        "UPDATE message SET created_at = created_at - interval '15 minutes', "
        "event_key = event_key || '.' WHERE topic = 'confirm'",
    )


async def test_a_number_that_cannot_be_reached_waits_for_no_link(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await visitor.sign_in(cast, "hai")
    await visitor.open("/inbox/settings")
    hers = {"password": cast.people["hai"].password}
    await visitor.send("/inbox/contacts", channel="sms", address="0912 345 678", **hers)
    assert "mở liên kết đã gửi tới đó" in visitor.html
    # As at an installation without Zalo, where it once was.
    await change(admin_engine, "UPDATE contact SET channel = 'zalo'")
    for address in ("/inbox/settings", "/account"):
        await visitor.open(address)
        assert "…678" in visitor.html
        assert "mở liên kết" not in visitor.html
        assert "chưa gửi tới đó được" in visitor.html
        assert "/confirm" not in visitor.html


async def confirmed(engine: AsyncEngine) -> list[bool]:
    contacts = await rows(engine, "SELECT confirmed_at IS NOT NULL AS sure FROM contact")
    return [row.sure for row in contacts]


async def test_addresses_lie_sealed_and_belong_to_their_account(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await visitor.sign_in(cast, "hai")
    await visitor.open("/inbox/settings")
    hers = {"password": cast.people["hai"].password}
    await visitor.send("/inbox/contacts", channel="sms", address="0912 345 678", **hers)
    assert "…678" in visitor.html
    (row,) = await rows(admin_engine, "SELECT id, contact::text AS all FROM contact")
    assert "912345" not in row.all
    await visitor.send("/sign-out")
    await visitor.sign_in(cast, "lan")
    await visitor.open("/inbox/settings")
    assert "…678" not in visitor.html
    await visitor.send(f"/inbox/contacts/{row.id}/remove", status=404)


@pytest.mark.parametrize(
    ("channel", "address", "said"),
    [
        ("email", "nobody", "ten@vidu.vn"),
        ("sms", "12", "0912 345 678"),
        ("webhook", "https://elsewhere.test/x", "đơn vị vận hành cho phép"),
        ("webhook", "https://127.0.0.1/x", "đơn vị vận hành cho phép"),
        ("zalo", "0912345678", "Kênh này chưa có ở đây."),
    ],
)
async def test_what_cannot_be_used_is_refused_with_a_remedy(
    visitor: Visitor, cast: Cast, channel: str, address: str, said: str
) -> None:
    await visitor.sign_in(cast, "hai")
    await visitor.open("/inbox/settings")
    typed = {"channel": channel, "address": address}
    password = cast.people["hai"].password
    await visitor.send("/inbox/contacts", status=422, **typed, password=password)
    assert said in visitor.html
    assert f'value="{address}"' in visitor.html


async def test_a_webhooks_secret_is_shown_once(visitor: Visitor, cast: Cast) -> None:
    await visitor.sign_in(cast, "pms")
    await visitor.open("/inbox/settings")
    await visitor.send("/inbox/contacts", channel="webhook", address="https://pms.test/asm")
    secret = re.search(r'<code class="num">([\w-]{43})</code>', visitor.html)
    assert secret is not None
    await visitor.open("/inbox/settings")
    assert secret.group(1) not in visitor.html


async def test_choices_are_kept_and_duties_stay(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await visitor.sign_in(cast, "hai")
    await visitor.open("/inbox/settings")
    assert 'name="reminder.overdue:inbox"' in visitor.html
    choices = {"receipt:inbox": "1", "quiet_from": "21:00", "quiet_until": "5h30"}
    await visitor.send("/inbox/settings", **choices)
    assert "Đã lưu." in visitor.html
    assert 'value="05:30"' in visitor.html
    wanted = await rows(admin_engine, "SELECT topic, channel FROM notice_preference WHERE wanted")
    assert [(row.topic, row.channel) for row in wanted] == [("receipt", "inbox")]
    assert not await rows(
        admin_engine, "SELECT 1 FROM notice_preference WHERE topic LIKE 'reminder%' "
        "AND channel = 'inbox'",
    )  # fmt: skip
    await visitor.send("/inbox/settings", status=422, quiet_from="never", quiet_until="06:00")
    assert "Không đọc được giờ yên lặng." in visitor.html
