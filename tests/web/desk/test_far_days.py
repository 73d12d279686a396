"""Days at the edge of the calendar, typed at the desk: refused where they stand, nothing lost."""

import re

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import Cast
from tests.web.desk.desk_form import count, typed
from tests.web.visitor import Visitor


@pytest.mark.parametrize("hour", ["00:00", "05:00", "22:00"])
@pytest.mark.parametrize("day", ["31/12/9999", "30/12/9999", "01/01/0001", "1/1/2090"])
async def test_an_arrival_at_the_edge_of_the_calendar(
    visitor: Visitor, cast: Cast, admin_session: AsyncSession, day: str, hour: str
) -> None:
    await visitor.sign_in(cast, "lan")
    await visitor.send(
        f"/desk/{cast.hoa_sen}",
        status=422,
        **typed(arrived_day=day, arrived_time=hour, nights="400"),
    )
    assert f'value="{day}"' in visitor.html
    assert 'role="alert"' in visitor.html
    assert await count(admin_session) == 0


@pytest.mark.parametrize(
    ("day", "message"),
    [
        ("31/2/1990", "Không có ngày 31/2/1990: tháng ấy chỉ đến ngày 28."),
        ("310290", "Không có ngày 31/2/90: tháng ấy chỉ đến ngày 29."),
        ("1990-04-31", "Không có ngày 31/4/1990: tháng ấy chỉ đến ngày 30."),
        ("29.2.1900", "Không có ngày 29/2/1900: tháng ấy chỉ đến ngày 28."),
        ("3/27/1990", "Không có ngày 3/27/1990: số thứ hai là tháng"),
        ("hôm qua", "Ngày sinh không đọc được."),
    ],
)
async def test_a_day_that_no_calendar_has_is_called_so(
    visitor: Visitor, cast: Cast, day: str, message: str
) -> None:
    """How it is to be written is no remedy for who wrote it so."""
    await visitor.sign_in(cast, "lan")
    desk = f"/desk/{cast.hoa_sen}"
    await visitor.send(desk, status=422, **typed(birth_date=day))
    assert message in visitor.html
    assert ("Gõ ngày, tháng, năm" in visitor.html) is (day == "hôm qua")


async def test_a_new_departure_on_no_day_is_called_so(visitor: Visitor, cast: Cast) -> None:
    await visitor.sign_in(cast, "lan")
    desk = f"/desk/{cast.hoa_sen}"
    await visitor.send(desk, **typed())
    stay = re.search(r"/desk/[^/]+/stays/[0-9a-f-]{36}", visitor.html)
    assert stay is not None
    for change in ("extend", "depart"):
        await visitor.open(f"{stay[0]}/{change}")
        sent = {"key": visitor.key, "day": "31/2/2027", "time": "10:00"}
        await visitor.send(f"{stay[0]}/{change}", status=422, **sent)
        assert "Không có ngày 31/2/2027: tháng ấy chỉ đến ngày 28." in visitor.html


async def test_the_limit_of_nights_is_named(visitor: Visitor, cast: Cast) -> None:
    await visitor.sign_in(cast, "lan")
    for nights, message in (
        ("1000", "Số đêm nhiều nhất là 400."),
        ("123456789", "Số đêm nhiều nhất là 400."),
        ("0", "Số đêm không đọc được."),
        ("hai", "Số đêm không đọc được."),
    ):
        await visitor.send(f"/desk/{cast.hoa_sen}", status=422, **typed(nights=nights))
        assert message in visitor.html


async def test_a_number_in_the_field_of_the_name_is_not_missing(
    visitor: Visitor, cast: Cast
) -> None:
    await visitor.sign_in(cast, "lan")
    await visitor.send(f"/desk/{cast.hoa_sen}", status=422, **typed(full_name="12345"))
    assert "Họ tên có chữ số." in visitor.html
    assert "Chưa có họ tên khách." not in visitor.html
