"""Notices over JSON: the inbox, choices and addresses of the account that asks, nobody else's."""

from dataclasses import replace

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import Cast
from asm.notify.messages.reminders import remind
from asm.settings import NotifySettings, Settings
from tests.notify.messages.clock import tomorrow_at
from tests.people import sign_in

URL = "/api/v1/notices"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """An installation that has webhooks."""
    return replace(settings, notify=NotifySettings(webhook_hosts=("pms.test",)))


async def test_the_inbox_is_ones_own(
    client: httpx.AsyncClient, cast: Cast, worker_engine: AsyncEngine
) -> None:
    await remind(worker_engine, tomorrow_at(21, 30))
    hai = await sign_in(client, cast, "hai")
    page = (await client.get(URL, headers=hai)).json()
    (message,) = page["notices"]
    assert page["more"] is False
    assert message["topic"] == "reminder.early"
    assert "Nhà trọ Hải Yến" in message["text"]
    assert message["title_en"] == "Nothing declared for tonight yet"
    assert message["read_at"] is None
    lan = await sign_in(client, cast, "lan")
    marked = {"ids": [message["id"]]}
    assert (await client.post(f"{URL}/read", json=marked, headers=lan)).status_code == 204
    assert (await client.get(URL, headers=hai)).json()["notices"][0]["read_at"] is None
    assert (await client.post(f"{URL}/read", json={}, headers=hai)).status_code == 204
    assert (await client.get(URL, headers=hai)).json()["notices"][0]["read_at"] is not None


async def test_choices_are_changed_and_duties_refused(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    minh = await sign_in(client, cast, "minh")
    before = (await client.get(f"{URL}/preferences", headers=minh)).json()
    assert before["quiet_hours"] == {"starts": "22:00:00", "ends": "06:00:00"}
    assert {choice["channel"] for choice in before["choices"]} == {"inbox"}
    off = {"choices": [{"topic": "flag.high", "channel": "inbox", "wanted": False}]}
    refused = await client.put(f"{URL}/preferences", json=off, headers=minh)
    assert (refused.status_code, refused.json()["code"]) == (422, "choice_is_duty")
    strange = {"choices": [{"topic": "reminder.last", "channel": "sms", "wanted": True}]}
    refused = await client.put(f"{URL}/preferences", json=strange, headers=minh)
    assert (refused.status_code, refused.json()["code"]) == (422, "choice_unknown")
    wishes = {
        "choices": [{"topic": "flag.medium", "channel": "web_push", "wanted": False}],
        "quiet_hours": {"starts": "21:00:00", "ends": "07:00:00"},
    }
    after = (await client.put(f"{URL}/preferences", json=wishes, headers=minh)).json()
    assert after["quiet_hours"]["starts"] == "21:00:00"
    usual = await client.put(f"{URL}/preferences", json={"quiet_hours": None}, headers=minh)
    assert usual.json()["quiet_hours"]["starts"] == "22:00:00"


async def test_a_webhook_is_added_with_its_secret_and_removed(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    pms = await sign_in(client, cast, "pms")
    contact = {"channel": "webhook", "address": "https://pms.test/asm"}
    added = await client.post(f"{URL}/contacts", json=contact, headers=pms)
    assert added.status_code == 201, added.text
    assert len(added.json()["secret"]) == 43
    again = await client.post(f"{URL}/contacts", json=contact, headers=pms)
    assert (again.status_code, again.json()["code"]) == (409, "contact_exists")
    (listed,) = (await client.get(f"{URL}/contacts", headers=pms)).json()
    assert (listed["hint"], "secret" in listed) == ("pms.test", False)
    hai = await sign_in(client, cast, "hai")
    url = f"{URL}/contacts/{listed['id']}"
    assert (await client.delete(url, headers=hai)).status_code == 404
    assert (await client.delete(url, headers=pms)).status_code == 204
    assert (await client.get(f"{URL}/contacts", headers=pms)).json() == []
    assert (await client.get(f"{URL}/deliveries", headers=pms)).json() == []


async def test_nobody_may_name_more_than_ten_addresses_a_day(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    pms = await sign_in(client, cast, "pms")
    for number in range(10):
        contact = {"channel": "webhook", "address": f"https://pms.test/{number}"}
        added = await client.post(f"{URL}/contacts", json=contact, headers=pms)
        assert added.status_code == 201
    contact = {"channel": "webhook", "address": "https://pms.test/more"}
    refused = await client.post(f"{URL}/contacts", json=contact, headers=pms)
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_contacts")
