"""Figures through the front door: who sees them, what the pages say, and what they refuse."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from asm.demo.cast import WARD_A, WARD_B, Cast
from asm.web.figures.filters import FIGURE_VIEWS
from tests.conftest import Database
from tests.web.figures.counted_nights import GUESTS, count_nights
from tests.web.visitor import Visitor


def without_tokens(html: str) -> str:
    """Tokens and ids may hold any figure by chance."""
    return re.sub(r"[0-9a-f-]{16,}", "", html)


@pytest.fixture
def last(database: Database) -> str:
    return count_nights(database.admin_url, datetime.now(UTC)).isoformat()


async def test_the_wards_officer_reads_their_own_ward(
    visitor: Visitor, cast: Cast, last: str
) -> None:
    await visitor.sign_in(cast, "minh")
    await visitor.open("/ward/figures")
    assert f"{30 * GUESTS:,}".replace(",", ".") in visitor.html
    assert "Phường Hoàn Kiếm" in visitor.html
    assert "50\N{NO-BREAK SPACE}% cơ sở có khai" not in visitor.html
    assert "Độ phủ: 75\N{NO-BREAK SPACE}%" in visitor.html
    assert "Tạm tính từ đêm" in visitor.html
    assert 'aria-current="page"' in visitor.html


@pytest.mark.parametrize("view", FIGURE_VIEWS)
async def test_each_view_opens_with_figures_and_without(
    view: str, visitor: Visitor, cast: Cast, database: Database
) -> None:
    await visitor.sign_in(cast, "quang")
    await visitor.open(f"/figures?view={view}")
    assert "Thành phố Hà Nội" in visitor.html
    count_nights(database.admin_url, datetime.now(UTC))
    await visitor.open(f"/figures?view={view}&area=ward:{WARD_A}")
    assert "Phường Hoàn Kiếm" in visitor.html
    if view == "origins":
        assert "Hồ Chí Minh là 60\N{NO-BREAK SPACE}% số ngày khách" in visitor.html
    await visitor.open(f"/figures?view={view}&month=2024-02&tourism=no&kind=hospital")


async def test_a_filter_that_cannot_be_read_says_which_field_and_what_to_do(
    visitor: Visitor, cast: Cast, last: str
) -> None:
    await visitor.sign_in(cast, "minh")
    await visitor.open(f"/ward/figures?first=2010-01-01&last={last}", 422)
    assert 'href="#last"' in visitor.html
    assert "Có chỗ cần sửa" in visitor.html
    await visitor.open("/ward/figures?month=2026-13", 422)
    await visitor.open("/ward/figures?kind=castle", 422)
    await visitor.open("/ward/figures?vieww=season", 422)
    # Fields that are left at "all" are sent empty.
    await visitor.open("/ward/figures?area=&first=&last=&kind=&residence=&reason=&tourism=")


async def test_of_other_areas_an_officer_sees_what_of_no_area(
    visitor: Visitor, cast: Cast, last: str
) -> None:
    await visitor.sign_in(cast, "minh")
    answers = [
        (await visitor.open(f"/figures?area={area}", 404)).text
        for area in (f"ward:{WARD_B}", "ward:99999", "province:01", "country")
    ]
    assert len({answer.split("<h1>")[1].split("</h1>")[0] for answer in answers}) == 1
    await visitor.open(f"/figures?area=ward:{WARD_A}")


@pytest.mark.parametrize("login", ["lan", "hai", "bich", "admin"])
async def test_who_is_no_officer_sees_no_figures(
    login: str, visitor: Visitor, cast: Cast, last: str
) -> None:
    await visitor.sign_in(cast, login)
    for path in ("/figures", "/figures.csv", "/figures.xlsx", "/figures.pdf"):
        answer = await visitor.client.get(path)
        assert answer.status_code in (303, 403, 404), path
        assert str(GUESTS) not in without_tokens(answer.text)
    assert (await visitor.client.get("/ward/figures")).status_code == 403


async def test_a_month_without_a_night_that_is_counted_says_so(
    visitor: Visitor, cast: Cast, last: str
) -> None:
    await visitor.sign_in(cast, "minh")
    ahead = (datetime.now(UTC) + timedelta(days=70)).strftime("%Y-%m")
    await visitor.open(f"/ward/figures?month={ahead}")
    assert "Chưa có khách trong những đêm này" in visitor.html
    assert "Xem 30 đêm qua" in visitor.html


async def test_the_ministry_sees_the_country_and_every_area(
    visitor: Visitor, cast: Cast, last: str
) -> None:
    await visitor.sign_in(cast, "nga")
    await visitor.open("/figures")
    assert "Cả nước" in visitor.html
    assert f"{30 * GUESTS:,}".replace(",", ".") in visitor.html
    await visitor.open("/figures?area=province:01&view=origins")
    assert "Thành phố Hà Nội" in visitor.html
    await visitor.open("/figures?view=origins")
    assert "Khách đi đâu giữa các tỉnh" in visitor.html
    assert "Quần đảo Hoàng Sa" in visitor.html
    assert "Quần đảo Trường Sa" in visitor.html


async def test_a_tourism_office_sees_no_exact_figures(
    visitor: Visitor, cast: Cast, last: str
) -> None:
    await visitor.sign_in(cast, "van")
    for path in ("/figures", "/figures?area=province:01", "/figures.xlsx", "/ward/figures"):
        answer = await visitor.client.get(path)
        assert answer.status_code in (303, 403, 404), path
        assert str(GUESTS) not in without_tokens(answer.text)


async def test_a_long_span_is_drawn_by_month(visitor: Visitor, cast: Cast, last: str) -> None:
    await visitor.sign_in(cast, "quang")
    day = datetime.fromisoformat(last)
    first = (day - timedelta(days=400)).date().isoformat()
    await visitor.open(f"/figures?first={first}&last={last}")
    assert "Ngày khách mỗi tháng" in visitor.html
    assert "từng đêm có trong tệp" in visitor.html
    assert f"{day:%m/%Y}" in visitor.html
    assert len(visitor.html) < 60_000
    # Whole months and the nights around them.
    await visitor.open(f"/figures?view=origins&first={first}&last={last}")
    assert "Ngày khách theo nơi cư trú" in visitor.html
