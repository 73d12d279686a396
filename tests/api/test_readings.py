"""Reading papers over the JSON interface: fields come back, nothing is stored."""

import httpx
import pytest

from asm.api.v1 import readings
from asm.demo.cast import Cast
from asm.intake.cards.card_qr import CardReading
from asm.intake.photos.photo_rules import IMAGE_RULES
from tests.intake.photos.pictures import FORMATS, card, encoded
from tests.people import card_text, sign_in

PASSPORT = (
    "P<D<<MUSTERMANN<<ERIKA<<<<<<<<<<<<<<<<<<<<<<\nL898902C36D<<7408122F2912154<<<<<<<<<<<<<<<4"
)
AT = "/api/v1/readings"


@pytest.fixture
async def pms(client: httpx.AsyncClient, cast: Cast) -> dict[str, str]:
    return await sign_in(client, cast, "pms")


@pytest.mark.parametrize("kind", FORMATS)
async def test_a_card_in_a_picture(
    kind: str, client: httpx.AsyncClient, pms: dict[str, str]
) -> None:
    answer = await client.post(f"{AT}/card-image", content=encoded(card(), kind), headers=pms)
    assert answer.status_code == 200, answer.text
    assert answer.json()["guest"]["document_number"] == "001190000017"


async def test_the_lines_of_a_passport(client: httpx.AsyncClient, pms: dict[str, str]) -> None:
    answer = await client.post(f"{AT}/mrz", json={"text": PASSPORT}, headers=pms)
    assert answer.status_code == 200, answer.text
    reading = answer.json()
    assert reading["guest"]["nationality"] == "DEU"
    assert reading["name_to_confirm"]


@pytest.mark.parametrize("paper", ["card-image", "passport-image"])
async def test_a_file_that_is_no_picture_has_rule_and_remedy(
    paper: str, client: httpx.AsyncClient, pms: dict[str, str]
) -> None:
    answer = await client.post(f"{AT}/{paper}", content=b"%PDF-1.7", headers=pms)
    assert answer.status_code == 200, answer.text
    (problem,) = answer.json()["problems"]
    assert answer.json()["guest"] is None
    assert problem["severity"] == "refuse"
    assert problem["remedy"]
    assert problem["remedy_en"]


@pytest.mark.parametrize("paper", ["card-qr", "mrz", "card-image", "passport-image"])
async def test_nobody_reads_without_signing_in(paper: str, client: httpx.AsyncClient) -> None:
    answer = await client.post(f"{AT}/{paper}", json={"text": PASSPORT})
    assert answer.status_code == 401


async def test_a_full_line_asks_to_come_back(
    client: httpx.AsyncClient, pms: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: object, **__: object) -> CardReading:
        return CardReading(problems=[IMAGE_RULES["image.busy"].problem()])

    monkeypatch.setattr(readings, "read_card_image", busy)
    answer = await client.post(f"{AT}/card-image", content=b"x", headers=pms)
    assert answer.status_code == 503
    assert answer.json()["code"] == "readers_busy"
    assert int(answer.headers["Retry-After"]) > 0


async def test_a_doubted_name_is_read_when_a_person_says_that_it_is_right(
    client: httpx.AsyncClient, pms: dict[str, str]
) -> None:
    text = card_text(name="Trần Thị Vaăn")
    for confirmed in (False, True):
        body = {"text": text, "name_confirmed": confirmed}
        answer = await client.post(f"{AT}/card-qr", json=body, headers=pms)
        assert answer.status_code == 200, answer.text
        reading = answer.json()
        assert (reading["guest"] is not None) is confirmed
        shown = "card_qr.name_as_read" if confirmed else "card_qr.telex"
        assert shown in {problem["rule"] for problem in reading["problems"]}


async def test_a_visa_is_called_a_visa(client: httpx.AsyncClient, pms: dict[str, str]) -> None:
    answer = await client.post(f"{AT}/mrz", json={"text": "V" + PASSPORT[1:]}, headers=pms)
    assert answer.status_code == 200, answer.text
    assert answer.json()["format"] == "MRV-A"
    (problem,) = answer.json()["problems"]
    assert problem["rule"] == "mrz.visa"
