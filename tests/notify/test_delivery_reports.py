"""A provider that takes a text message and says later what became of it: from our call to its own,
over HTTP in both directions.
"""

import json
import time
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.notify.channels.guarded_http import GuardedHttp, Reach, sign
from asm.notify.channels.provider import Provider
from asm.notify.channels.sms.send import SmsChannel
from asm.notify.deliver import deliver
from asm.settings import NotifySettings, Settings
from tests.notify.messages.rows import change, put_contact, rows
from tests.notify.servers import answer, http_server
from tests.notify.test_deliver import POST, put

SECRET, OTHER_SECRET = "shared-with-the-sms-test", "shared-with-the-zalo-test"
ACCEPTED = answer(200, b'{"id": "p-1", "status": "accepted"}')
Figures = dict[tuple[str, ...], float]


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """An installation with SMS and Zalo."""
    notify_settings = NotifySettings(
        sms_url="https://sms.test/send",
        sms_secret_file=tmp_path / "sms-secret",
        zalo_url="https://zalo.test/send",
        zalo_secret_file=tmp_path / "zalo-secret",
    )
    notify_settings.sms_secret_file.write_text(SECRET + "\n")
    notify_settings.zalo_secret_file.write_text(OTHER_SECRET + "\n")
    return replace(settings, notify=notify_settings)


async def call_back(
    client: httpx.AsyncClient,
    report: dict[str, Any] | bytes,
    *,
    secret: str = SECRET,
    channel: str = "sms",
    age_s: int = 0,
) -> httpx.Response:
    body = report if isinstance(report, bytes) else json.dumps(report).encode()
    signature = sign(secret, int(time.time()) - age_s, body)
    return await client.post(
        f"/api/providers/{channel}", content=body, headers={"ASM-Signature": signature}
    )


async def sent(worker_engine: AsyncEngine, admin_engine: AsyncEngine) -> tuple[str, bytes]:
    """Hand one message to a provider; the id that it was given, and our call's body."""
    await put(admin_engine, "a")
    await change(admin_engine, "DELETE FROM delivery")
    await put_contact(admin_engine, "hai", "sms", {"phone": "+84900000001"})
    await change(
        admin_engine,
        "INSERT INTO delivery (facility_id, id, message_id, account_id, contact_id, channel) "
        "SELECT message.facility_id, gen_random_uuid(), message.id, message.account_id, "
        "contact.id, 'sms' FROM message JOIN contact ON contact.channel = 'sms'",
    )
    async with http_server(ACCEPTED) as server:
        outside = GuardedHttp(Reach(("127.0.0.1",), ("127.0.0.0/8",)))
        channel = SmsChannel(Provider(server.url, SECRET, outside))
        assert (await deliver(worker_engine, POST, channel)).sent == 1
        await channel.close()
    (request,) = server.requests
    return str(json.loads(request.body)["id"]), request.body


async def state(engine: AsyncEngine) -> tuple[str, str | None, bool | None, int]:
    (row,) = await rows(engine, "SELECT status, failure, permanent, attempts FROM delivery")
    return row.status, row.failure, row.permanent, row.attempts


async def figures(client: httpx.AsyncClient) -> Figures:
    exposition = (await client.get("/metrics")).text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(exposition)
        for sample in family.samples
        if sample.name.startswith("asm_deliveries")
    }


@pytest.mark.parametrize(
    ("status", "then"),
    [
        ("delivered", ("delivered", None, None, 1)),
        ("failed", ("failed", "provider_undeliverable", True, 1)),
    ],
)
async def test_what_was_sent_is_settled_once_and_counted(
    status: str,
    then: tuple[Any, ...],
    client: httpx.AsyncClient,
    worker_engine: AsyncEngine,
    admin_engine: AsyncEngine,
) -> None:
    sent_id, _ = await sent(worker_engine, admin_engine)
    assert await state(admin_engine) == ("sent", None, None, 1)
    assert await figures(client) == {("asm_deliveries", "sms", "sent"): 1}
    first = await call_back(client, {"id": sent_id, "status": status})
    assert (first.status_code, first.json()) == (200, {"status": "heard"})
    assert await state(admin_engine) == then
    # Sent again, or followed by the opposite: the first word stands.
    opposite = "failed" if status == "delivered" else "delivered"
    for said in (status, opposite):
        again = await call_back(client, {"id": sent_id, "status": said})
        assert (again.status_code, again.content) == (200, first.content)
    assert await state(admin_engine) == then
    assert await figures(client) == {
        ("asm_deliveries", "sms", "sent"): 1,
        ("asm_deliveries", "sms", status): 1,
    }


async def test_a_wrong_signature_changes_nothing(
    client: httpx.AsyncClient, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    sent_id, ours = await sent(worker_engine, admin_engine)
    report = {"id": sent_id, "status": "failed"}
    body = json.dumps(report).encode()
    wrong = [
        await call_back(client, report, secret=OTHER_SECRET),
        await call_back(client, report, age_s=301),
        await call_back(client, report, age_s=-301),
        await client.post("/api/providers/sms", content=body),
        await client.post("/api/providers/sms", content=body, headers={"ASM-Signature": "t=,v1="}),
        await client.post(
            "/api/providers/sms",
            content=body + b" ",
            headers={"ASM-Signature": sign(SECRET, int(time.time()), body)},
        ),
    ]
    assert [(each.status_code, each.json()["code"]) for each in wrong] == [
        (403, "signature_wrong")
    ] * len(wrong)
    # Our own call, signed with the same secret, is no call of theirs.
    assert (await call_back(client, ours)).status_code == 422
    assert await state(admin_engine) == ("sent", None, None, 1)


async def test_an_unknown_id_is_answered_the_same(
    client: httpx.AsyncClient, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    sent_id, _ = await sent(worker_engine, admin_engine)
    unknown = await call_back(client, {"id": str(uuid.uuid4()), "status": "delivered"})
    # The other channel's provider may not speak of it either.
    stranger = await call_back(
        client, {"id": sent_id, "status": "delivered"}, secret=OTHER_SECRET, channel="zalo"
    )
    assert await state(admin_engine) == ("sent", None, None, 1)
    known = await call_back(client, {"id": sent_id, "status": "delivered"})
    assert unknown.status_code == stranger.status_code == known.status_code == 200
    assert unknown.content == stranger.content == known.content
    headers = [
        {key: value for key, value in answer.headers.items() if key not in {"date", "x-request-id"}}
        for answer in (unknown, stranger, known)
    ]
    assert headers[0] == headers[1] == headers[2]


@pytest.mark.parametrize("channel", ["email", "webhook", "fax"])
async def test_channels_that_nobody_calls_back_for_are_not_there(
    channel: str, client: httpx.AsyncClient
) -> None:
    answered = await call_back(
        client, {"id": str(uuid.uuid4()), "status": "failed"}, channel=channel
    )
    assert answered.status_code == 404


async def test_a_provider_may_be_faster_than_our_own_note(
    client: httpx.AsyncClient, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    """It calls back while the worker has yet to write that the message was sent."""
    sent_id, _ = await sent(worker_engine, admin_engine)
    await change(
        admin_engine,
        "UPDATE delivery SET status = 'queued', attempts = 0, "
        "leased_until = clock_timestamp() + interval '1 minute'",
    )
    await call_back(client, {"id": sent_id, "status": "delivered"})
    assert await state(admin_engine) == ("delivered", None, None, 1)


async def test_what_waits_and_what_was_retried_is_in_the_figures(
    client: httpx.AsyncClient, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await sent(worker_engine, admin_engine)
    await change(admin_engine, "UPDATE delivery SET status = 'queued'")
    async with http_server(answer(503), answer(404)) as server:
        outside = GuardedHttp(Reach(("127.0.0.1",), ("127.0.0.0/8",)))
        channel = SmsChannel(Provider(server.url, SECRET, outside))
        await deliver(worker_engine, POST, channel)
        waiting = await figures(client)
        assert waiting[("asm_deliveries", "sms", "retried")] == 1
        assert waiting[("asm_deliveries_waiting", "sms")] == 1
        await change(admin_engine, "UPDATE delivery SET next_attempt_at = clock_timestamp()")
        await deliver(worker_engine, POST, channel)
        await channel.close()
    assert await figures(client) == {
        ("asm_deliveries", "sms", "sent"): 1,
        ("asm_deliveries", "sms", "retried"): 1,
        ("asm_deliveries", "sms", "failed"): 1,
    }
    exposition = (await client.get("/metrics")).text
    assert "+84900000001" not in exposition
