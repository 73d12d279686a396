"""Names that no paper prints come in at no door in silence; names of all peoples need no word."""

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import Cast
from asm.identity.name_letters import name_flaw
from asm.intake.sheets.xlsx_template import build_workbook
from tests.intake.cards.test_names import PARTS
from tests.people import card_text, fresh_key, guest, party, sign_in, stays_of
from tests.workbooks import sheet_row

FRENCH = {"nationality": "FRA", "document_type": 4, "document_number": "12AB34567"}


async def declare(client: httpx.AsyncClient, cast: Cast, body: dict[str, object]) -> httpx.Response:
    lan = await sign_in(client, cast, "lan")
    return await client.post(stays_of(cast), json=party(body), headers=lan | fresh_key())


@pytest.mark.parametrize(
    "name", ["Nguyá»…n Thá»‹", "縺ゅ", "😀 Lan", "Тrần Mẫu", "𝐓𝐫𝐚𝐧 Mau", "\ue000 Mẫu", "王 Mẫu"]
)
async def test_letters_that_no_paper_prints_are_refused(
    client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession, name: str
) -> None:
    for confirmed in (False, True):
        answer = await declare(client, cast, guest(full_name=name, name_confirmed=confirmed))
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert (error["code"], error["pointer"]) == (
            "guest.full_name.letters",
            "/guests/0/full_name",
        )
        assert error["remedy"]
    stored = await admin_session.execute(text("SELECT count(*) FROM stay"))
    assert stored.scalar_one() == 0


@pytest.mark.parametrize("name", ["Müller Hans", "Nguyn Th Hng Hu", "Łê Mẫu"])
async def test_doubted_names_of_citizens_need_a_person(
    client: httpx.AsyncClient, cast: Cast, name: str
) -> None:
    refused = await declare(client, cast, guest(full_name=name))
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert (error["code"], error["pointer"]) == (
        "guest.full_name.doubted",
        "/guests/0/name_confirmed",
    )
    assert (await declare(client, cast, guest(full_name=name, name_confirmed=True))).is_success


@pytest.mark.parametrize(
    "name", ["Müller Hans", "王伟", "Мария Иванова", "Ng Tze Kt", "山田 あきラ"]
)
async def test_foreigners_keep_the_letters_of_their_papers(
    client: httpx.AsyncClient, cast: Cast, name: str
) -> None:
    assert (await declare(client, cast, guest(full_name=name, **FRENCH))).is_success
    mixed = await declare(client, cast, guest(full_name="Тran", **FRENCH))
    assert [e["code"] for e in mixed.json()["errors"]] == ["guest.full_name.letters"]


async def test_a_card_that_lost_letters_needs_a_person(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    card = card_text(name="Nguyn Th Hng Hu").replace("|Nam|", "|N|")
    refused = await declare(client, cast, {"card_qr": card})
    assert refused.status_code == 422
    assert {e["code"] for e in refused.json()["errors"]} == {"guest.full_name.doubted"}
    checked = {"card_qr": card, "name_confirmed": True}
    assert (await declare(client, cast, checked)).is_success
    corrected = {"card_qr": card_text(name="Nguyn Th Hng Hu"), "full_name": "Nguyễn Thị Hồng Hữu"}
    assert (await declare(client, cast, corrected)).is_success


async def test_a_sheet_asks_for_the_name_and_takes_the_answer(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    rows = [sheet_row(full_name="Nguyá»…n Thá»‹"), sheet_row(full_name="Müller Hans")]
    data, lan = build_workbook(rows), await sign_in(client, cast, "lan")
    imports = stays_of(cast).replace("/stays", "/imports")

    async def look(**answers: str) -> list[tuple[str, list[str], list[str | None]]]:
        params = {"dry_run": "true"} | answers
        answer = await client.post(imports, content=data, params=params, headers=lan | fresh_key())
        outcome = answer.json().get("outcome") or answer.json()
        return [
            (
                row["status"],
                [f["rule"] for f in row["faults"] if f["severity"] == "refuse"],
                [f["fix"] for f in row["faults"] if f["severity"] == "refuse"],
            )
            for row in outcome["rows"]
        ]

    garbled, doubted = await look()
    assert garbled == ("refused", ["guest.full_name.letters"], [None])
    assert doubted == ("refused", ["cell.name.doubted"], ["Müller Hans"])
    garbled, doubted = await look(accept_fixes="all")
    assert garbled[0] == "refused"
    assert doubted == ("would_accept", [], [])


def test_names_of_all_peoples_need_no_word() -> None:
    assert [part for part in PARTS if name_flaw(part, citizen=True)] == []
    assert [part for part in PARTS if name_flaw(part.upper(), citizen=True)] == []
