"""A door's other codes: held between days, ended by its keepers."""

from typing import Any

import httpx
import pytest

from asm.demo.cast import Cast
from tests.api.doors import FIND, PATH
from tests.people import sign_in


async def test_an_alias_holds_between_its_days(
    client: httpx.AsyncClient, minh: dict[str, str], issued: dict[str, Any]
) -> None:
    past = {"kind": "ministry", "value": "BCA-1", "valid_from": "2024-01-01"}
    for alias in (past | {"valid_to": "2024-06-01"}, past | {"valid_from": "2999-01-01"}):
        answer = await client.post(f"{PATH}/{issued['code']}/aliases", json=alias, headers=minh)
        assert answer.status_code == 200, answer.text
    assert len(answer.json()["aliases"]) == 2
    assert (await client.post(FIND, json={"q": "BCA-1"}, headers=minh)).json() == []
    wrong = past | {"valid_to": "2023-01-01"}
    answer = await client.post(f"{PATH}/{issued['code']}/aliases", json=wrong, headers=minh)
    assert (answer.status_code, answer.json()["code"]) == (422, "dates_reversed")


async def test_an_alias_is_ended_from_a_day_on(
    client: httpx.AsyncClient, minh: dict[str, str], issued: dict[str, Any]
) -> None:
    at = f"{PATH}/{issued['code']}"
    alias = {"kind": "vpostcode", "value": "10000-ABC1234", "valid_from": "2026-01-01"}
    assert (await client.post(f"{at}/aliases", json=alias, headers=minh)).status_code == 200

    async def end(on: str, **changes: str) -> httpx.Response:
        body = alias | {"on": on} | changes
        return await client.post(f"{at}/aliases/end", json=body, headers=minh)

    async def find_by_alias() -> list[Any]:
        answer = await client.post(FIND, json={"q": alias["value"]}, headers=minh)
        addresses: list[Any] = answer.json()
        return addresses

    assert (await end("2999-01-01")).status_code == 200
    assert len(await find_by_alias()) == 1
    # The day may be corrected; from it on the code finds nothing any more.
    ended = await end("2026-02-01")
    assert ended.json()["aliases"] == [alias | {"valid_to": "2026-02-01"}]
    assert await find_by_alias() == []
    change = ended.json()["changes"][0]
    assert (change["what"], change["before"]["valid_to"]) == ("alias", "2999-01-01")
    assert change["after"]["valid_to"] == "2026-02-01"
    reversed_days = await end("2026-01-01")
    assert (reversed_days.status_code, reversed_days.json()["code"]) == (422, "dates_reversed")
    unknown = await end("2026-02-01", value="10000-ABC9999")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "address_alias_not_found")
    # It may hold again later, and not twice from one day.
    again = await client.post(f"{at}/aliases", json=alias, headers=minh)
    assert (again.status_code, again.json()["code"]) == (409, "alias_held")
    later = await client.post(
        f"{at}/aliases", json=alias | {"valid_from": "2026-03-01"}, headers=minh
    )
    assert later.status_code == 200
    assert len(await find_by_alias()) == 1


@pytest.mark.parametrize(("login", "status"), [("thao", 404), ("lan", 404), ("admin", 200)])
async def test_only_its_keepers_end_an_alias(
    login: str,
    status: int,
    client: httpx.AsyncClient,
    cast: Cast,
    minh: dict[str, str],
    issued: dict[str, Any],
) -> None:
    at = f"{PATH}/{issued['code']}/aliases"
    alias = {"kind": "ministry", "value": "BCA-9", "valid_from": "2026-01-01"}
    assert (await client.post(at, json=alias, headers=minh)).status_code == 200
    person = await sign_in(client, cast, login)
    ended = await client.post(f"{at}/end", json=alias | {"on": "2026-02-01"}, headers=person)
    assert ended.status_code == status
