"""What the population database answered, in words, wherever a guest is listed."""

import re
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.base import VIETNAM
from asm.db.session import one_transaction
from asm.demo.cast import Cast
from asm.web.page_texts import LANGUAGE_COOKIE
from tests.web.desk.desk_form import typed
from tests.web.visitor import Visitor

ANSWER = (
    "INSERT INTO identity_check (facility_id, stay_id, ward_code, guest_record_id, status) "
    "SELECT facility_id, id, ward_code, guest_record_id, :status FROM stay"
)
STATUS_TEXTS = {
    "pending": ("Chưa đối chiếu", "Not yet checked"),
    "verified": ("Đã đối chiếu: khớp", "Verified"),
    "does_not_match": ("Đã đối chiếu: không khớp", "Does not match"),
    "unknown": ("Không có trong dữ liệu dân cư", "Not in the population data"),
    "not_checkable": ("Chưa đối chiếu", "Not yet checked"),
}


@pytest.mark.parametrize("status", STATUS_TEXTS)
async def test_desk_stay_and_ward_say_it_in_both_languages(
    status: str, visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    vietnamese, english = STATUS_TEXTS[status]
    await visitor.sign_in(cast, "lan")
    await visitor.send(f"/desk/{cast.hoa_sen}", **typed())
    assert "Chưa đối chiếu" in visitor.html, "nothing waits for it"
    stay = re.search(rf"/desk/{cast.hoa_sen}/stays/([0-9a-f-]{{36}})", visitor.html)
    assert stay is not None
    async with one_transaction(admin_engine) as session:
        await session.execute(text(ANSWER), {"status": status})
    pages = [f"/desk/{cast.hoa_sen}", stay.group(0)]
    for page in pages:
        await visitor.open(page)
        assert vietnamese in visitor.html
    visitor.client.cookies.clear()
    await visitor.sign_in(cast, "minh")
    visitor.client.cookies.set(LANGUAGE_COOKIE, "en")
    await visitor.open(f"/ward/stays/{cast.hoa_sen}/{stay.group(1)}")
    assert english in visitor.html
    # A list speaks of what is to be looked at; what is in order is silent.
    await visitor.open("/ward/guests")
    assert (english in visitor.html) is (status in {"does_not_match", "unknown"})


async def test_nothing_is_said_of_foreigners_whom_the_database_does_not_know(
    visitor: Visitor, cast: Cast
) -> None:
    await visitor.sign_in(cast, "lan")
    until = datetime.now(VIETNAM) + timedelta(days=20)
    passport = typed(
        nationality="KOR", document_type="4", document_number="M12345678",
        permitted_stay_until=f"{until:%d/%m/%Y}",
    )  # fmt: skip
    await visitor.send(f"/desk/{cast.hoa_sen}", **passport)
    assert "Lê Thị Nháp" in visitor.html
    assert "đối chiếu" not in visitor.html
