"""A view as a file: after the password, written down, whole or not at all."""

import csv
import io
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import WARD_A, Cast
from asm.web.figures.filters import FIGURE_VIEWS
from tests.conftest import Database
from tests.web.figures.counted_nights import GUESTS, HOMES, NIGHTS, count_nights, table_gone
from tests.web.visitor import Visitor

_EXPORTED = text("SELECT details FROM audit_entry WHERE action = 'figures.exported' ORDER BY id")


@pytest.fixture
async def officer(visitor: Visitor, cast: Cast, database: Database) -> Visitor:
    """Minh, who has just typed the password again; with figures of 40 nights."""
    count_nights(database.admin_url, datetime.now(UTC))
    await visitor.sign_in(cast, "minh")
    await visitor.open("/step-up?next=/ward")
    await visitor.send("/step-up", password=cast.people["minh"].password, next="/ward/figures")
    return visitor


def rows(content: bytes, delimiter: str = ",") -> tuple[list[list[str]], list[list[str]]]:
    """The table with its head, and what the file says of itself."""
    read = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=delimiter))
    return [row for row in read if row[0] != "#"], [row for row in read if row[0] == "#"]


async def test_without_the_password_no_figures_leave(
    visitor: Visitor, cast: Cast, database: Database
) -> None:
    count_nights(database.admin_url, datetime.now(UTC))
    await visitor.sign_in(cast, "minh")
    answer = await visitor.client.get("/figures.csv", follow_redirects=True)
    assert "Nhập lại mật khẩu" in answer.text
    assert "attachment" not in answer.headers.get("content-disposition", "")


async def test_csv_has_the_nights_of_the_page_and_says_what_it_is(
    officer: Visitor, admin_session: AsyncSession
) -> None:
    answer = await officer.client.get("/figures.csv")
    assert answer.status_code == 200
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert "content-encoding" not in answer.headers
    (head, *nights), said = rows(answer.content)
    assert head[:4] == ["Đêm", "Tạm tính", "Lượt khách", "Ngày khách"]
    assert len(nights) == 30
    assert {row[3] for row in nights} == {str(GUESTS)}
    labels = {line[1]: line[2] for line in said[:-1]}
    assert labels["Khu vực"] == "Phường Hoàn Kiếm"
    assert {"Lập lúc", "Người lập", "Tình trạng", "Độ phủ", "Số dòng"} <= labels.keys()
    assert said[-1] == ["#", "Hết tệp"]
    (details,) = (await admin_session.scalars(_EXPORTED)).all()
    assert details["area"] == f"ward:{WARD_A}"
    assert (details["form"], details["view"]) == ("csv", "overview")


async def test_the_files_take_the_pages_filter(officer: Visitor) -> None:
    address = "/figures.csv?view=origins&residence=P48&separator=semicolon"
    (_, *origins), said = rows((await officer.client.get(address)).content, ";")
    assert [row[0] for row in origins] == ["P48"]
    assert ["#", "Nơi cư trú", "P48"] in said


async def test_flows_have_arrivals_and_nights_each_in_its_column(officer: Visitor) -> None:
    answer = await officer.client.get("/figures.csv?view=origins&table=flows")
    (head, *flows), said = rows(answer.content)
    assert head == [
        "Mã nơi cư trú", "Nơi cư trú", "Mã nơi đến", "Nơi đến", "Lượt khách", "Ngày khách",
    ]  # fmt: skip
    named = {"P79": "Thành phố Hồ Chí Minh", "P48": "Thành phố Đà Nẵng", "CKOR": "Hàn Quốc",
             "?": "Chưa rõ"}  # fmt: skip
    assert flows == [
        [home, named[home], WARD_A, "Phường Hoàn Kiếm", str(30 * (guests // 2)), str(30 * guests)]
        for home, guests in HOMES.items()
    ]
    assert ["#", "Số dòng", str(len(HOMES))] in said


@pytest.mark.parametrize(("delimiter", "name"), [(",", "comma"), (";", "semicolon")])
async def test_the_finest_rows_come_from_the_database_itself(
    delimiter: str, name: str, officer: Visitor
) -> None:
    answer = await officer.client.get(
        f"/figures.csv?view=origins&table=origin_nights&separator={name}"
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    (head, *finest), said = rows(answer.content, delimiter)
    assert len(head) == len(finest[0]) == 10
    assert len(finest) == 30 * len(HOMES)
    assert {row[5] for row in finest} == {
        "Thành phố Hồ Chí Minh", "Thành phố Đà Nẵng", "Hàn Quốc", "Chưa rõ",
    }  # fmt: skip
    assert {(row[2], row[3], row[6]) for row in finest} == {
        ("Phường Hoàn Kiếm", "Khách sạn", "Du lịch")
    }
    assert sum(int(row[9]) for row in finest) == 30 * GUESTS
    assert ["#", "Số dòng", str(len(finest))] in said


@pytest.mark.parametrize(
    ("narrowed", "homes"),
    [
        ("residence=P48&residence=CKOR", {"P48", "CKOR"}),
        ("kind=hotel&reason=1&tourism=yes", set(HOMES)),
        ("kind=guest_house", set()),
        ("reason=2", set()),
        ("tourism=no", set()),
    ],
)
async def test_the_finest_rows_are_narrowed_as_the_page(
    narrowed: str, homes: set[str], officer: Visitor
) -> None:
    address = f"/figures.csv?view=origins&table=origin_nights&{narrowed}"
    (_, *finest), _ = rows((await officer.client.get(address)).content)
    assert {row[4] for row in finest} == homes
    assert len(finest) == 30 * len(homes)


async def test_a_workbook_has_the_tables_of_the_view_in_its_order(
    officer: Visitor, tmp_path: Path
) -> None:
    path = tmp_path / "figures.xlsx"
    path.write_bytes((await officer.client.get("/figures.xlsx")).content)
    book = CalamineWorkbook.from_path(path)
    assert book.sheet_names == ["Về tệp này", "Tổng", "Từng đêm", "Độ dài lưu trú"]
    sums = {row[0]: row[1] for row in book.get_sheet_by_name("Tổng").to_python()[1:]}
    assert sums["Ngày khách"] == 30 * GUESTS
    assert sums["Công suất giường đang mở (%)"] == 50
    assert sums["Công suất mọi giường (%)"] == pytest.approx(45.5)
    finest = tmp_path / "finest.xlsx"
    answer = await officer.client.get("/figures.xlsx?table=origin_nights&first=&last=")
    finest.write_bytes(answer.content)
    _, sheet = CalamineWorkbook.from_path(finest).sheet_names
    assert len(CalamineWorkbook.from_path(finest).get_sheet_by_name(sheet).to_python()) > NIGHTS


async def test_paper_is_the_same_view(officer: Visitor) -> None:
    answer = await officer.client.get("/figures.pdf?view=origins")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


async def test_a_table_that_is_not_in_the_view_is_refused_by_name(officer: Visitor) -> None:
    await officer.open("/figures.csv?table=guests", 422)
    assert "nights" in officer.html
    await officer.open("/figures.csv?separator=tab", 422)


async def test_a_file_that_fails_on_its_way_is_no_file(
    officer: Visitor, database: Database, admin_session: AsyncSession
) -> None:
    with table_gone(database.admin_url, "origin_night"):
        answer = await officer.client.get("/figures.csv?table=origin_nights")
    assert answer.status_code >= 500
    assert "attachment" not in answer.headers.get("content-disposition", "")
    assert (await admin_session.scalars(_EXPORTED)).all() == []


async def test_the_pages_links_lead_to_its_files(officer: Visitor) -> None:
    await officer.open("/ward/figures?view=origins&tourism=yes")
    for ending in ("xlsx", "csv", "pdf"):
        address = officer.html.split(f'href="/figures.{ending}?')[1].split('"')[0]
        assert "tourism=yes" in address
        answer = await officer.client.get(f"/figures.{ending}?{address}")
        assert answer.status_code == 200
        assert f".{ending}" in answer.headers["content-disposition"]


@pytest.mark.parametrize("view", FIGURE_VIEWS)
async def test_every_table_that_a_view_offers_is_there(view: str, officer: Visitor) -> None:
    await officer.open(f"/ward/figures?view={view}")
    addresses = re.findall(r'href="(/figures\.csv\?[^"]*table=[^"]*)"', officer.html)
    assert len(addresses) >= 4
    for address in addresses:
        answer = await officer.client.get(address)
        assert answer.status_code == 200, address
        assert rows(answer.content, ";" if "semicolon" in address else ",")[0]
