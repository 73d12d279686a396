"""Guests of a night found by name: opened, compared, written down."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import Cast
from asm.wards.guest_list import MOST_OPENED
from tests.checks.desks import rows
from tests.web.desk.desk_form import typed
from tests.web.visitor import Visitor
from tests.web.ward.test_ward import as_


async def declared(visitor: Visitor, cast: Cast, *names: str) -> None:
    await as_(visitor, cast, "lan")
    for number, name in enumerate(names):
        await visitor.open(f"/desk/{cast.hoa_sen}")
        entry: dict[str, Any] = typed(full_name=name, document_number=f"0011900009{number:02}")
        await visitor.send(f"/desk/{cast.hoa_sen}", **entry)
    await as_(visitor, cast, "minh")


async def search(visitor: Visitor, name: str, status: int = 200) -> str:
    await visitor.open("/ward/guests")
    answer = await visitor.send("/ward/guests", status=status, name=name)
    assert "name" not in str(answer.url), "a name stands in no address"
    return visitor.html.partition('id="guests"')[2]


async def test_a_name_is_found_without_marks_or_case(visitor: Visitor, cast: Cast) -> None:
    await declared(visitor, cast, "NGUYỄN VĂN A", "Nguyễn Văn Anh", "Đỗ Thị Hòa")
    listed = await search(visitor, "nguyen van a")
    assert listed.index("NGUYỄN VĂN A") < listed.index("Nguyễn Văn Anh")
    assert "Đỗ Thị Hòa" not in listed
    assert "Đã tìm trong cả 3 khách của đêm." in visitor.html
    assert "Đỗ Thị Hòa" in await search(visitor, "hoa DO")
    assert "Không khách nào" in await search(visitor, "van van")
    await search(visitor, "A", status=422)
    assert "Gõ ít nhất 2 chữ cái" in visitor.html


async def test_a_search_opens_a_bounded_number_and_says_so(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await declared(visitor, cast, "Nguyễn Văn Anh", "Đỗ Thị Hòa")
    before = await rows(admin_engine, "SELECT 1 FROM audit_entry WHERE action = 'ward.guests_read'")
    monkeypatch.setattr("asm.wards.guest_list.MOST_OPENED", 1)
    await search(visitor, "Hòa")
    assert "Mới tìm trong 1 trên 2 khách" in visitor.html
    entries = await rows(
        admin_engine,
        "SELECT details FROM audit_entry WHERE action = 'ward.guests_read' ORDER BY at",
    )
    assert len(entries) == len(before) + 2  # the list, and the search
    assert entries[-1].details["guests"] == 1
    assert "Hòa" not in str(entries)
    assert MOST_OPENED == 1000


async def test_only_the_own_ward_is_searched(visitor: Visitor, cast: Cast) -> None:
    await declared(visitor, cast, "Nguyễn Văn Anh")
    await as_(visitor, cast, "thao")
    assert "Nguyễn Văn Anh" not in await search(visitor, "nguyen van anh")
