"""Names that no paper prints come in at no door in silence; names of all peoples need no word."""

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import Cast
from asm.identity.name_letters import name_flaw
from asm.identity.old_tables import restored_name
from asm.identity.syllables import is_syllable, without_tone
from asm.intake.sheets.xlsx_template import build_workbook
from tests.intake.cards.test_names import PARTS
from tests.people import card_text, fresh_key, guest, party, sign_in, stays_of
from tests.workbooks import sheet_row

#: As VNI-Windows shows the letters with a shape and a tone; ê with a hook is `eå`.
_VNI_SHAPES = {"â": "aâ", "ê": "eâ", "ô": "oâ", "ă": "aê", "ơ": "ô", "ư": "ö", "đ": "ñ"}
_VNI_WHOLE = {"í": "í", "ì": "ì", "ỉ": "æ", "ĩ": "ó", "ị": "ò", "ỵ": "î"}
_VNI_TONES = {
    "": dict(zip("\u0301\u0300\u0309\u0303\u0323", "ùøûõï", strict=True)),
    "âêô": dict(zip("\u0301\u0300\u0309\u0303\u0323", "áàåãä", strict=True)),
    "ă": dict(zip("\u0301\u0300\u0309\u0303\u0323", "éèúüë", strict=True)),
}


def in_vni(name: str) -> str:
    return "".join(map(_vni_letter, name))


def _vni_letter(letter: str) -> str:
    small = letter.lower()
    plain, tone = without_tone(small)
    shown = _VNI_SHAPES.get(plain, plain)
    if small in _VNI_WHOLE:
        shown = _VNI_WHOLE[small]
    elif tone:
        kind = next((shapes for shapes in _VNI_TONES if plain in shapes and shapes), "")
        shown = (shown[0] if kind else shown) + _VNI_TONES[kind][tone]
    return shown.upper() if letter != small else shown


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


@pytest.mark.parametrize(
    "name",
    [
        "Müller Hans", "Nguyn Th Hng Hu", "Łê Mẫu",
        "Nguyeãn Vaên An", "NGUYEÃN VAÊN AN", "Traàn Vaên Hai", "Leâ Thò Hoa", "Vuõ Ñình",
        "Ñoã Thò",
        "NguyÔn Hång", "TuÊn", "Pha.m Va(n An", "Trâ`n Mẫu", "Nguyeexn Vawn An", "Buif Vans An",
        "Le Thij Hoa",
    ],
)  # fmt: skip
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
    "name",
    [
        "Müller Hans", "王伟", "Мария Иванова", "Ng Tze Kt", "山田 あきラ", "João Gonçalves",
        "Anaïs Loïc", "Åse Bjørn Sørensen", "Zoë Noël", "José Muñoz", "François Lefèvre",
        "Lee Moon", "Björk Þór",
    ],
)  # fmt: skip
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
    names = ["Nguyá»…n Thá»‹", "Müller Hans", "Nguyeãn Vaên Maãu"]
    data = build_workbook([sheet_row(full_name=name) for name in names])
    lan = await sign_in(client, cast, "lan")
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

    garbled, doubted, old = await look()
    assert garbled == ("refused", ["guest.full_name.letters"], [None])
    assert doubted == ("refused", ["cell.name.doubted"], ["Müller Hans"])
    assert old == ("refused", ["cell.name.old_table"], ["Nguyễn Văn Mẫu"])
    garbled, *others = await look(accept_fixes="all")
    assert garbled[0] == "refused"
    assert others == [("would_accept", [], [])] * 2


@pytest.mark.parametrize(
    "name",
    [
        "Nguyễn Văn A & vợ", "Nguyễn Văn An/Trần Thị B", "Nguyễn Văn A và con", "Trần A, Lê Thị B",
        "NGUYỄN VĂN A VÀ CON", "Nguyễn Văn A (2 người)", "Nguyễn Văn An - Trần Thị B",
        "Trần Mẫu cùng gia đình", "Trần Văn A và Lê Văn B", "Trần Văn A + Lê Văn B",
    ],
)  # fmt: skip
async def test_each_person_has_a_declaration_of_their_own(
    client: httpx.AsyncClient, cast: Cast, name: str
) -> None:
    answer = await declare(client, cast, guest(full_name=name, name_confirmed=True))
    assert answer.status_code == 422
    codes = [e["code"] for e in answer.json()["errors"]]
    assert "guest.full_name.several" in codes
    lan, data = await sign_in(client, cast, "lan"), build_workbook([sheet_row(full_name=name)])
    imports = stays_of(cast).replace("/stays", "/imports")
    params = {"dry_run": "true", "accept_fixes": "all"}
    sent = await client.post(imports, content=data, params=params, headers=lan | fresh_key())
    [row] = (sent.json().get("outcome") or sent.json())["rows"]
    assert "guest.full_name.several" in [fault["rule"] for fault in row["faults"]]


async def test_remarks_beside_a_name_need_a_person(client: httpx.AsyncClient, cast: Cast) -> None:
    for name in ("Trần Mẫu (VIP)", "N/A", "Trần Văn A/B", "Khách: Trần Mẫu"):
        refused = await declare(client, cast, guest(full_name=name))
        assert [e["code"] for e in refused.json()["errors"]] == ["guest.full_name.doubted"]


async def test_a_name_is_stored_as_unicode_writes_it(client: httpx.AsyncClient, cast: Cast) -> None:
    lan = await sign_in(client, cast, "lan")
    imports = stays_of(cast).replace("/stays", "/imports")
    data = build_workbook([sheet_row(full_name="Traàn Thò Maãu")])
    params = {"accept_fixes": "all"}
    answer = await client.post(imports, content=data, params=params, headers=lan | fresh_key())
    assert answer.is_success
    stays = (await client.get(stays_of(cast), headers=lan)).json()["stays"]
    assert [stay["guest"]["full_name"] for stay in stays] == ["Trần Thị Mẫu"]


def test_names_of_all_peoples_need_no_word() -> None:
    assert [part for part in PARTS if name_flaw(part, citizen=True)] == []
    assert [part for part in PARTS if name_flaw(part.upper(), citizen=True)] == []


def test_names_of_all_peoples_in_vni_are_seen() -> None:
    """Alone, but for what is a word of its own in VNI; beside Nguyễn and Thị, every one."""
    for part in PARTS:
        name = in_vni(f"Nguyễn Thị {part}")
        assert name_flaw(name, citizen=True) == "not_printed", part
        assert name_flaw(in_vni(f"Trần {part}").upper(), citizen=True) == "not_printed", part
    shown = {part: in_vni(part) for part in PARTS if is_syllable(part.casefold())}
    changed = {part: vni for part, vni in shown.items() if vni != part}
    unseen = {part for part, vni in changed.items() if name_flaw(vni, citizen=True) is None}
    assert len(changed) > 600
    assert unseen <= {part for part, vni in changed.items() if is_syllable(vni.casefold())}
    restored = {part for part, vni in changed.items() if restored_name(vni) == part}
    assert restored == changed.keys() - unseen


@pytest.mark.parametrize(
    "name",
    [
        "Y Bhăm Niê-Kđăm", "K'Brơi", "K`Brơi", "H'Mẫu Niê", "Sùng Thị Và", "Và Bá Chống", "Mẫu",
        "Giàng Và Nù", "VÀNG VÀ NÙ", "Nguyễn, Văn Mẫu", "Nguyễn V. A.", "Công Tằng Tôn Nữ Mẫu",
        "H'Mẫu - Niê Kđăm", "Trần Bá Con",
    ],
)  # fmt: skip
def test_one_person_is_one(name: str) -> None:
    assert name_flaw(name, citizen=True) is None


@pytest.mark.parametrize(
    "name",
    [
        "D'Angelo", "Sinéad O'Brien", "Kumar A/L Raman", "Mei a/p Tan Ah", "Raj S/O Kumar Pillai",
        "Siti D / O Abu Bakar", "Ali bin Abu", "J.R. Ewing", "Garcia Lopez, Maria Jose", "Madonna",
        "Ortega y Gasset", "Tan Ah Kow @ Chen", "Smith-Jones", "Van der Berg", "Maria dos Santos",
    ],
)  # fmt: skip
def test_one_foreigner_is_one(name: str) -> None:
    assert name_flaw(name, citizen=False) is None


def test_foreigners_never_are_asked_for_letters_of_their_papers() -> None:
    assert [part for part in PARTS if name_flaw(in_vni(part), citizen=False)] == []
