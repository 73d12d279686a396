"""Long lists come in pages that together hold everyone once."""

import httpx
import pytest

from asm.demo.cast import WARD_A, Cast
from tests.people import all_stays, fresh_key, fresh_number, guest, party, sign_in

GUESTS = 103


@pytest.fixture
async def lan(client: httpx.AsyncClient, cast: Cast) -> dict[str, str]:
    return await sign_in(client, cast, "lan")


async def _full_house(client: httpx.AsyncClient, cast: Cast, lan: dict[str, str]) -> set[str]:
    numbers = [fresh_number() for _ in range(GUESTS)]
    for start in range(0, GUESTS, 50):
        guests = [guest(document_number=number) for number in numbers[start : start + 50]]
        answer = await client.post(
            f"/api/v1/facilities/{cast.hoa_sen}/stays",
            json=party(*guests),
            headers=lan | fresh_key(),
        )
        assert answer.status_code == 201, answer.text
    return set(numbers)


async def test_the_pages_of_a_house_and_of_its_ward_hold_everyone_once(
    client: httpx.AsyncClient, cast: Cast, lan: dict[str, str]
) -> None:
    numbers = await _full_house(client, cast, lan)
    minh = await sign_in(client, cast, "minh")
    for path, headers in (
        (f"/api/v1/facilities/{cast.hoa_sen}/stays", lan),
        (f"/api/v1/facilities/{cast.hoa_sen}/stays?in_house=false", lan),
        (f"/api/v1/wards/{WARD_A}/guests", minh),
    ):
        listed = [
            stay["guest"]["document_number"] for stay in await all_stays(client, path, headers)
        ]
        assert len(listed) == GUESTS
        assert set(listed) == numbers
        beyond = await client.get(path, headers=headers, params={"page": 3})
        assert (beyond.json()["stays"], beyond.json()["total"]) == ([], GUESTS)


@pytest.mark.parametrize("page", ["0", "-1", "1001", "x"])
async def test_a_page_that_cannot_be_is_refused_by_name(
    page: str, client: httpx.AsyncClient, cast: Cast, lan: dict[str, str]
) -> None:
    answer = await client.get(
        f"/api/v1/facilities/{cast.hoa_sen}/stays", headers=lan, params={"page": page}
    )
    assert answer.status_code == 422, answer.text
    assert "page" in answer.json()["errors"][0]["pointer"]
