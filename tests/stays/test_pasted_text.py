"""Numbers and names that were pasted with what nobody sees, through every door."""

from typing import Any

import httpx
import pytest

from asm.accounts.codes.code_text import read_code
from asm.accounts.own.sign_in_name import same_name
from asm.demo.cast import Cast
from asm.intake.sheets.xlsx_template import build_workbook
from tests.people import (
    all_stays,
    card_text,
    fresh_key,
    fresh_number,
    guest,
    party,
    sign_in,
    stays_of,
)
from tests.web.desk.desk_form import typed
from tests.web.visitor import Visitor
from tests.workbooks import sheet_row

NAME = "Nguyễn Văn Mẫu"


def dressed(text: str) -> str:
    """As a chat or a contact list hands it over."""
    middle = len(text) // 2
    return f"\u2066{text[:middle]}\u200b{text[middle:]}\u200e\u2069".replace(" ", "\u00a0")


def pasted(**changes: Any) -> dict[str, Any]:
    number = fresh_number()
    return guest(
        full_name=dressed(NAME),
        document_number=dressed(number),
        phone="\u202d0901234567\u202c",
        **changes,
    )


async def only_guest(client: httpx.AsyncClient, cast: Cast) -> dict[str, Any]:
    lan = await sign_in(client, cast, "lan")
    (stay,) = await all_stays(client, stays_of(cast), lan)
    shown: dict[str, Any] = stay["guest"] | {"room": stay["room"]}
    return shown


def is_clean(shown: dict[str, Any]) -> bool:
    texts = [
        shown["full_name"],
        shown["document_number"],
        shown["phone"] or "",
        shown["room"] or "",
    ]
    return shown["full_name"] == NAME and all(text.isprintable() for text in texts)


@pytest.mark.parametrize("query", ["", "?dry_run=false"], ids=["short way", "long way"])
async def test_over_json(client: httpx.AsyncClient, cast: Cast, query: str) -> None:
    lan = await sign_in(client, cast, "lan")
    body = party(pasted(), room="10\u200b1")
    answer = await client.post(f"{stays_of(cast)}{query}", json=body, headers=lan | fresh_key())
    assert answer.status_code == 201, answer.text
    shown = await only_guest(client, cast)
    assert is_clean(shown)
    assert len(shown["document_number"]) == 12
    assert shown["phone"] == "0901234567"


async def test_on_a_card(client: httpx.AsyncClient, cast: Cast) -> None:
    lan = await sign_in(client, cast, "lan")
    text = card_text(name=dressed(NAME)).replace("|15081990|", "|\u200e15081990\u200e|")
    body = party({"card_qr": dressed(text)})
    answer = await client.post(stays_of(cast), json=body, headers=lan | fresh_key())
    assert answer.status_code == 201, answer.text
    assert is_clean(await only_guest(client, cast))


async def test_in_a_workbook(client: httpx.AsyncClient, cast: Cast) -> None:
    lan = await sign_in(client, cast, "lan")
    row = sheet_row()
    row[1], row[7], row[15] = dressed(NAME), dressed(fresh_number()), dressed("101")
    answer = await client.post(
        f"/api/v1/facilities/{cast.hoa_sen}/imports",
        content=build_workbook([row]),
        headers=lan | fresh_key(),
    )
    assert answer.status_code == 201, answer.text
    assert is_clean(await only_guest(client, cast))


async def test_at_the_desk(visitor: Visitor, client: httpx.AsyncClient, cast: Cast) -> None:
    await visitor.sign_in(cast, "lan")
    await visitor.open(f"/desk/{cast.hoa_sen}")
    number = fresh_number()
    fields = typed(
        full_name=dressed(NAME),
        document_number=dressed(number),
        birth_date="２７\u200e０３９０",
        nights="\u200b２",
        room=dressed("101"),
    )
    await visitor.send(f"/desk/{cast.hoa_sen}", **fields)
    shown = await only_guest(client, cast)
    assert is_clean(shown)
    assert (shown["document_number"], shown["birth_date"]) == (number, "1990-03-27")


async def test_in_corrections_and_moves(
    visitor: Visitor, client: httpx.AsyncClient, cast: Cast
) -> None:
    lan = await sign_in(client, cast, "lan")
    person = guest(full_name="Nguyễn Văn Sai")
    answer = await client.post(stays_of(cast), json=party(person), headers=lan | fresh_key())
    stay_id = answer.json()["results"][0]["stay_id"]
    at = f"{stays_of(cast)}/{stay_id}"
    change = {"guest": person | {"full_name": dressed(NAME)}}
    assert (await client.patch(at, json=change, headers=lan)).status_code == 200
    assert is_clean(await only_guest(client, cast))
    move = await client.post(f"{at}/room", json={"room": dressed("102")}, headers=lan | fresh_key())
    assert move.status_code == 200, move.text
    assert (await only_guest(client, cast))["room"] == "102"
    await visitor.sign_in(cast, "lan")
    await visitor.open(f"/desk/{cast.hoa_sen}/stays/{stay_id}/amend")
    number = fresh_number()
    fields = typed(full_name=dressed(NAME), document_number=dressed(number), key=visitor.key)
    await visitor.send(f"/desk/{cast.hoa_sen}/stays/{stay_id}/amend", **fields)
    shown = await only_guest(client, cast)
    assert is_clean(shown)
    assert shown["document_number"] == number


@pytest.mark.parametrize("white", ["\t", "\n", "\r\n", " ", "\v"])
async def test_white_space_around_and_within_is_one_space_at_every_door(
    client: httpx.AsyncClient, cast: Cast, white: str
) -> None:
    lan, numbers = await sign_in(client, cast, "lan"), [fresh_number() for _ in range(3)]
    name, padded = f"{white}Nguyễn{white}Văn Mẫu{white}", [f"{each}{white}" for each in numbers]
    spaced = guest(full_name=name, document_number=padded[0], phone=f"0901234567{white}")
    body = party(spaced) | {"room": f"101{white}"}
    answer = await client.post(stays_of(cast), json=body, headers=lan | fresh_key())
    assert answer.is_success, answer.text
    row = sheet_row()
    if white != "\v":  # no workbook holds that
        row[1], row[7] = name, padded[1]
    else:
        row[1], row[7] = NAME, numbers[1]
    imports = stays_of(cast).replace("/stays", "/imports")
    sent = await client.post(imports, content=build_workbook([row]), headers=lan | fresh_key())
    assert sent.is_success, sent.text
    visitor = Visitor(client)
    await visitor.sign_in(cast, "lan")
    await visitor.open(f"/desk/{cast.hoa_sen}")
    fields = typed(full_name=name, document_number=padded[2], key=visitor.key)
    await visitor.send(f"/desk/{cast.hoa_sen}", **fields)
    stays = await all_stays(client, stays_of(cast), lan)
    assert sorted(stay["guest"]["document_number"] for stay in stays) == sorted(numbers)
    assert all(is_clean(stay["guest"] | {"room": stay["room"]}) for stay in stays)


@pytest.mark.parametrize("control", ["\x1b", "\x1c", "\x07"])
async def test_control_characters_are_refused_at_their_field(
    client: httpx.AsyncClient, cast: Cast, control: str
) -> None:
    lan = await sign_in(client, cast, "lan")
    for field in ("full_name", "document_number", "phone", "residence_ward"):
        odd = guest(**{field: f"A{control}B"})
        answer = await client.post(stays_of(cast), json=party(odd), headers=lan | fresh_key())
        errors = [(e["code"], e["pointer"]) for e in answer.json()["errors"]]
        assert ("text.control_characters", f"/guests/0/{field}") in errors


async def test_a_number_that_shows_in_reverse_is_refused(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    lan = await sign_in(client, cast, "lan")
    number = fresh_number()
    reversed_end = f"{number[:6]}\u202e{number[6:]}"
    for changes in ({"document_number": reversed_end}, {"full_name": "Nguyễn \u202eVăn Mẫu"}):
        answer = await client.post(
            stays_of(cast), json=party(guest(**changes)), headers=lan | fresh_key()
        )
        assert answer.status_code == 422, answer.text
        assert "text.control_characters" in {error["code"] for error in answer.json()["errors"]}


@pytest.mark.parametrize("mark", ["\ufe0e", "\u2800", "\u034f", "\u3164", "\U000e0100"])
async def test_marks_taken_for_printed_double_nobody(
    client: httpx.AsyncClient, cast: Cast, mark: str
) -> None:
    """A child without a number is known by name: a mark that nobody sees makes no second one."""
    child = {"birth_date": "2018-05-05", "document_type": None, "document_number": None}
    lan = await sign_in(client, cast, "lan")
    arrived = party(guest(**child, full_name="Bé An"))
    for name, room in (("Bé An", "101"), (f"Bé{mark} An", f"101{mark}")):
        body = arrived | {"guests": [guest(**child, full_name=name)], "room": room}
        answer = await client.post(stays_of(cast), json=body, headers=lan | fresh_key())
        assert answer.is_success, answer.text
    shown = await only_guest(client, cast)
    assert (shown["full_name"], shown["room"]) == ("Bé An", "101")


@pytest.mark.parametrize("dress", ["\u202a{}\u202c", "\u200b{}", " {}\u2800", "{}\ufe0f", "wide"])
async def test_what_is_typed_to_sign_in_is_cleaned(
    client: httpx.AsyncClient, cast: Cast, dress: str
) -> None:
    person = cast.people["lan"]
    wide = "".join(chr(ord(char) + 0xFEE0) for char in person.login)
    typed_login = wide if dress == "wide" else dress.format(person.login)
    sent = {"login": typed_login, "password": person.password, "label": "test"}
    answer = await client.post("/api/v1/tokens", json=sent)
    assert answer.status_code == 201, answer.text


def test_sign_in_names_and_codes_are_the_same_however_pasted() -> None:
    assert (
        same_name("\u202a0987 654 321\u202c") == same_name("０９８７６５４３２１") == "+84987654321"
    )
    assert same_name("\u200bhoa.mau") == "hoa.mau"
    assert read_code("\u200b７K3M\u2011QX9A\u20110TZP\ufe0f") == read_code("7K3M-QX9A-0TZP")
    assert read_code("7K3M-QX9A-0TZP") is not None
