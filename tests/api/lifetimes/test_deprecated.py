"""Who uses an operation that will end hears of it in every answer."""

from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from asm.api.contract import published
from asm.api.lifetimes.deprecated import ENDING, LEAST_DAYS, Ending
from asm.demo.cast import Cast
from tests.people import sign_in


@pytest.fixture
def me_ends(monkeypatch: pytest.MonkeyPatch) -> Ending:
    ending = Ending(deprecated_on=date(2027, 1, 1), ends_on=date(2028, 3, 1), link="/api/v2/docs")
    monkeypatch.setitem(ENDING, "me", ending)
    return ending


async def test_answers_say_since_when_and_until_when(
    client: httpx.AsyncClient, cast: Cast, me_ends: Ending
) -> None:
    lan = await sign_in(client, cast, "lan")
    for headers, status in ((lan, 200), ({}, 401)):
        answer = await client.get("/api/v1/me", headers=headers)
        assert answer.status_code == status
        since = datetime.fromtimestamp(int(answer.headers["Deprecation"].removeprefix("@")), UTC)
        assert since.date() == me_ends.deprecated_on
        assert parsedate_to_datetime(answer.headers["Sunset"]).date() == me_ends.ends_on
        assert answer.headers["Link"] == '</api/v2/docs>; rel="deprecation"'
    other = await client.get("/api/v1/facilities", headers=lan)
    assert not {"deprecation", "sunset", "link"} & other.headers.keys()


async def test_the_contract_marks_it(client: httpx.AsyncClient, me_ends: Ending) -> None:
    contract: dict[str, Any] = (await client.get("/api/v1/docs/openapi.json")).json()
    marked = {
        operation["operationId"]
        for item in published(contract)["paths"].values()
        for operation in item.values()
        if operation.get("deprecated")
    }
    assert marked == {"me"}


async def test_nothing_ends_within_a_year(client: httpx.AsyncClient) -> None:
    contract: dict[str, Any] = (await client.get("/api/v1/docs/openapi.json")).json()
    known = {o["operationId"] for item in contract["paths"].values() for o in item.values()}
    for operation, ending in ENDING.items():
        assert operation in known
        assert (ending.ends_on - ending.deprecated_on).days >= LEAST_DAYS
