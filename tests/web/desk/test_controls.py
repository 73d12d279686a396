"""What a text tells people to use is on the pages that show the text, in both languages."""

import re
from typing import Literal

import pytest

from asm.demo.cast import Cast
from asm.locales.texts import catalogue
from asm.stays.rules.published import RULES
from asm.web.desk.stay_form import INPUT_OF_FIELD, StayForm
from tests.web.desk.desk_form import shown_fields, typed
from tests.web.visitor import Visitor

#: What a person reads on a control: labels, the words of a choice, what a button says.
_SAID = re.compile(
    r"<(?:label|legend|option|button|summary)\b[^>]*>(.*?)</(?:label|legend|option|button|summary)>",
    re.DOTALL,
)
_QUOTED = re.compile('[“"]([^”"{]+)[”"]')
#: Rules whose texts the desk may show; those of spreadsheets name columns of a file.
_OF_THE_DESK = ("document.", "guest.", "stay.", "mrz.", "card_qr.", "foreigner.", "form.")


async def controls(visitor: Visitor, cast: Cast, language: str) -> dict[str, str]:
    """The desk's and the correction's pages."""
    await visitor.sign_in(cast, "lan")
    await visitor.send("/language", language=language, next="/")
    desk = f"/desk/{cast.hoa_sen}"
    await visitor.open(desk)
    pages = {"desk": visitor.html}
    await visitor.send(desk, **typed())
    stay = re.search(rf"{desk}/stays/[0-9a-f-]{{36}}", visitor.html)
    assert stay is not None
    await visitor.open(f"{stay.group(0)}/amend")
    return pages | {"amend": visitor.html}


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_a_control_named_in_a_text_is_on_the_page(
    language: Literal["vi", "en"], visitor: Visitor, cast: Cast
) -> None:
    pages = await controls(visitor, cast, language)
    said = {name: " ".join(_SAID.findall(html)).casefold() for name, html in pages.items()}
    named = [
        (text_id, quoted)
        for kind in ("rules", "refusals")
        for text_id, text in catalogue(kind, language).items()
        if text_id.startswith(_OF_THE_DESK)
        for quoted in _QUOTED.findall(text)
    ]
    assert len(named) > 4
    missing = [
        (name, text_id, quoted)
        for text_id, quoted in named
        for name, spoken in said.items()
        if (name == "desk" or text_id.startswith(("guest.", "document.")))
        and quoted.casefold() not in spoken
    ]
    assert missing == []


async def test_a_problem_leads_to_a_control_that_can_be_seen(visitor: Visitor, cast: Cast) -> None:
    pages = await controls(visitor, cast, "vi")
    inputs = {
        INPUT_OF_FIELD[rule.field]
        for rule in RULES.values()
        if INPUT_OF_FIELD.get(rule.field or "") in StayForm.__struct_fields__
    }
    assert len(inputs) > 12
    visible = {
        name: set(re.findall(r'<(?:input type="(?!hidden)\w+"|select)[^>]*?id="(\w+)"', html))
        for name, html in pages.items()
    }
    # The name's source is told by what read it, and its tick stands where a zone gave the name.
    shown_elsewhere = {"name_confirmed", "name_source"}
    assert inputs - visible["desk"] - shown_elsewhere == set()
    of_the_guest = {name for name in inputs if f"guest.{name}" in INPUT_OF_FIELD}
    assert of_the_guest - visible["amend"] - shown_elsewhere == set()


async def test_a_year_alone_is_taken_as_the_texts_say(visitor: Visitor, cast: Cast) -> None:
    await visitor.sign_in(cast, "lan")
    await visitor.send(f"/desk/{cast.hoa_sen}", status=422, **typed(birth_date=""))
    assert "chỉ ghi năm, ví dụ 1990" in visitor.html
    await visitor.send(f"/desk/{cast.hoa_sen}", **typed(birth_date="1990"))
    assert "Đã tiếp nhận" in visitor.html


async def test_what_was_typed_before_a_scan_stays(visitor: Visitor, cast: Cast) -> None:
    """Without a script the box and the form are one: Enter in the box sends all of it."""
    await visitor.sign_in(cast, "lan")
    kept = {
        "room": "1205", "nights": "4", "arrived_day": "1/11/2026", "arrived_time": "14:00",
        "reason_text": "hội thảo", "phone": "0912345678", "note": "giường phụ",
        "permitted_stay_until": "31/12/2099",
    }  # fmt: skip
    card = "001090999999||Tạ Thị Giấy|15081990|Nam|Số 1 Phố Thử, Hà Nội|20042021"
    await visitor.send(
        f"/desk/{cast.hoa_sen}", card_text=card, key=visitor.key, reason="3", hourly="1", **kept
    )
    assert 'value="Tạ Thị Giấy"' in visitor.html
    for name, value in kept.items():
        assert re.search(rf'name="{name}"\s+value="{value}"', visitor.html), name
    assert '<option value="3" selected>' in visitor.html
    assert "LT-" not in visitor.html
    # What cannot be read stays to be mended, and does not stand in the way of sending.
    await visitor.send(f"/desk/{cast.hoa_sen}", status=422, card_text="0002010102", **kept)
    assert 'name="scan_known" value="0002010102"' in visitor.html
    sent = typed(card_text="0002010102", scan_known="0002010102")
    await visitor.send(f"/desk/{cast.hoa_sen}", **sent)
    assert "LT-" in visitor.html


@pytest.mark.parametrize(("language", "link"), [("vi", "Sửa ngày"), ("en", "Correct dates")])
async def test_what_is_noticed_of_a_sent_guest_leads_to_where_it_is_corrected(
    language: str, link: str, visitor: Visitor, cast: Cast
) -> None:
    await visitor.sign_in(cast, "lan")
    await visitor.send("/language", language=language, next="/")
    # A man's number for a woman: taken, with a warning.
    await visitor.send(f"/desk/{cast.hoa_sen}", **typed(sex="female"))
    assert link in visitor.html
    stay = re.search(rf"/desk/{cast.hoa_sen}/stays/[0-9a-f-]{{36}}/amend", visitor.html)
    assert stay is not None
    await visitor.open(stay.group(0))


async def test_every_warning_of_a_sent_guest_has_a_control_where_its_links_lead(
    visitor: Visitor, cast: Cast
) -> None:
    inputs = {
        INPUT_OF_FIELD.get(rule.field, rule.field): rule.id
        for rule in RULES.values()
        if rule.severity == "warn"
    }
    assert {"reason", "hourly", "arrived_time", "room", "nights", "sex"} <= inputs.keys()
    await visitor.sign_in(cast, "lan")
    await visitor.send(f"/desk/{cast.hoa_sen}", **typed(sex="male"))
    stay = re.search(rf'href="(/desk/{cast.hoa_sen}/stays/[0-9a-f-]{{36}})"', visitor.html)
    assert stay is not None
    shown = ""
    for name in ("amend", "extend", "move"):
        await visitor.open(stay[1])
        assert f'href="{stay[1]}/{name}"' in visitor.html
        await visitor.open(f"{stay[1]}/{name}")
        shown += visitor.html
    # Where one leaves has a form of its own, with a day instead of a number of nights.
    there = {"nights": "day"}
    ids = {name: there.get(name, name) for name in inputs}
    missing = [
        rule_id
        for name, rule_id in inputs.items()
        if not re.search(rf'<(?:input type="(?!hidden)\w+"|select)[^>]*?id="{ids[name]}"', shown)
    ]
    assert missing == []


async def test_when_and_why_a_guest_came_is_corrected(visitor: Visitor, cast: Cast) -> None:
    await visitor.sign_in(cast, "lan")
    await visitor.send(f"/desk/{cast.hoa_sen}", **typed(reason="4"))
    stay = re.search(rf'href="(/desk/{cast.hoa_sen}/stays/[0-9a-f-]{{36}})"', visitor.html)
    assert stay is not None
    await visitor.open(f"{stay[1]}/amend")
    fields = shown_fields(visitor) | {"sex": "female", "document_type": "1"}
    await visitor.send(f"{stay[1]}/amend", **fields | {"reason": "3"})
    await visitor.open(stay[1])
    assert len(re.findall("<ins>", visitor.html)) == 1, "the reason alone"
    await visitor.open(f"{stay[1]}/amend")
    assert re.search('<option value="3" selected>', visitor.html)
    fields |= {"key": visitor.key, "reason": "20", "reason_text": "", "arrived_time": "0:01"}
    await visitor.send(f"{stay[1]}/amend", status=422, **fields)
    assert 'id="reason_text-error"' in visitor.html
    await visitor.send(f"{stay[1]}/amend", **fields | {"key": visitor.key, "reason_text": "họp"})
    await visitor.open(f"{stay[1]}/amend")
    assert shown_fields(visitor)["arrived_time"] == "00:01"
    assert shown_fields(visitor)["reason_text"] == "họp"
