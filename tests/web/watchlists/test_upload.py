"""A file of documents: shown with its numbers masked, held as hashes, confirmed, ended."""

from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.sessions import actor_of_login
from asm.checks.registry import TIMED
from asm.checks.schedule import run_due
from asm.db.base import VIETNAM
from asm.db.session import one_transaction
from asm.demo.cast import Cast
from asm.outbox.drain import drain
from asm.worker.subscribers import HANDLERS
from tests.people import fresh_number
from tests.web.visitor import Visitor

WHY = "Quyết định truy tìm số 12"
UNTIL = datetime.now(VIETNAM).date() + timedelta(days=40)


async def rows(engine: AsyncEngine, statement: str) -> list[Any]:
    async with one_transaction(engine) as session:
        return list((await session.execute(text(statement))).all())


async def run(engine: AsyncEngine, statement: str) -> None:
    async with one_transaction(engine) as session:
        await session.execute(text(statement))


async def step_up(visitor: Visitor, cast: Cast) -> None:
    await visitor.open("/watchlists/new")
    await visitor.send("/step-up", password=cast.people["quang"].password, next="/watchlists/new")


async def sign_in_again(visitor: Visitor, cast: Cast) -> None:
    await visitor.sign_in(cast, "quang")
    await step_up(visitor, cast)


async def preview(visitor: Visitor, data: bytes | str, status: int = 200, **fields: Any) -> None:
    given = data.encode() if isinstance(data, str) else data
    described = {"name": "Truy tìm", "reason": WHY, "valid_until": UNTIL.isoformat(), **fields}
    await visitor.send(
        "/watchlists/new", status, files={"file": ("so.csv", given, "text/csv")}, **described
    )


async def press(visitor: Visitor, deed: str, status: int = 200, **fields: Any) -> None:
    """The form of the page whose address ends like this."""
    before = visitor.html.partition(f'/{deed}"')[0]
    await visitor.send(before[before.rindex('action="') + 8 :] + f"/{deed}", status, **fields)


def workbook(*lines: tuple[object, ...]) -> bytes:
    out = BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line)
    return out.getvalue()


async def work(engine: AsyncEngine) -> None:
    report = await drain(engine, HANDLERS)
    assert (report.failed, report.dead) == (0, 0)


async def test_a_file_is_shown_then_counts(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine, worker_engine: AsyncEngine
) -> None:
    first, second = fresh_number(), fresh_number()
    await sign_in_again(visitor, cast)
    await preview(visitor, f"document_number\n{first}\n{second}\n{first}\n12345\n4,C1234567,KOR\n")
    assert "3 giấy tờ nhận được, 1 dòng không nhận" in visitor.html
    assert "Số giấy tờ không hợp lệ" in visitor.html
    # Masked, all but the last three.
    assert first not in visitor.html
    assert f"•••••••••{first[-3:]}" in visitor.html
    assert "<td>Hộ chiếu</td>" in visitor.html
    assert "<td>Hàn Quốc</td>" in visitor.html
    assert await rows(admin_engine, "SELECT 1 FROM watch_list") == []
    await press(visitor, "confirm")
    assert "Danh sách có hiệu lực trong ít giây" in visitor.html
    assert "đang được nạp" in visitor.html
    await work(worker_engine)
    listed = await rows(
        admin_engine,
        "SELECT name, reason, valid_until, documents, (SELECT count(*) FROM vault.watch_entry) "
        "FROM watch_list",
    )
    assert listed == [("Truy tìm", WHY, UNTIL, 3, 3)]
    assert await rows(admin_engine, "SELECT 1 FROM vault.watch_upload") == []
    deeds = "SELECT action FROM audit_entry WHERE action LIKE 'watch_list.%' ORDER BY at"
    assert [row.action for row in await rows(admin_engine, deeds)] == [
        "watch_list.previewed", "watch_list.confirmed", "watch_list.hits_read",
        "watch_list.loaded",
    ]  # fmt: skip
    await visitor.open("/watchlists")
    assert "đang hiệu lực" in visitor.html
    for number in (first, second):
        logged = await rows(
            admin_engine,
            f"SELECT 1 FROM audit_entry WHERE details::text LIKE '%{number}%' UNION ALL "
            f"SELECT 1 FROM outbox WHERE payload::text LIKE '%{number}%'",
        )
        assert logged == []


async def test_a_spreadsheet_is_read_by_its_cells(visitor: Visitor, cast: Cast) -> None:
    number = fresh_number()
    await sign_in_again(visitor, cast)
    sheet = workbook(
        ("Loại", "Số", "Quốc tịch"), (1, number, "VNM"), (4, "C7654321", "KOR"), (),
        # Kept as a number, the zeros in front are lost.
        (1, int(number), "VNM"), (4, 1234567, "FRA"), (77, "X", "VNM"),
    )  # fmt: skip
    await preview(visitor, sheet)
    assert "3 giấy tờ nhận được, 2 dòng không nhận" in visitor.html
    assert "bảng tính có thể đã bỏ số 0 ở đầu" in visitor.html
    assert "Loại giấy tờ không có trong danh mục" in visitor.html


async def test_no_file_says_which_files_there_may_be(visitor: Visitor, cast: Cast) -> None:
    await sign_in_again(visitor, cast)
    await visitor.send("/watchlists/new", 422, name="Truy tìm", reason=WHY, valid_until=str(UNTIL))
    assert "Chọn tệp CSV hoặc XLSX" in visitor.html


@pytest.mark.parametrize(
    ("data", "fields", "said"),
    [
        (b"", {}, "Tệp đã chọn trống"),
        (b"\0\0", {}, "Tệp không phải văn bản"),
        (b"PK\x03\x04 broken", {}, "Tệp"),
        (b"12345\n", {}, "Không dòng nào dùng được"),
        (b"001090000001\n", {"name": " "}, "Ghi từ 1 đến 200 ký tự"),
        (b"001090000001\n", {"reason": "x" * 201}, "Ghi từ 1 đến 200 ký tự"),
        (b"001090000001\n", {"valid_until": "31/2/2027"}, "tháng"),
        (b"001090000001\n", {"valid_until": "2026-01-01"}, "Ngày hết hiệu lực đã qua"),
        (b"4,AB12345,FRA\n" * 50_001, {}, "Tệp có hơn 50000 dòng"),
    ],
    ids=["empty", "binary", "zip", "no-line", "name", "reason", "no-day", "past", "long"],
)
async def test_what_cannot_be_used_is_told_and_nothing_is_kept(
    data: bytes, fields: dict[str, str], said: str, visitor: Visitor, cast: Cast,
    admin_engine: AsyncEngine,
) -> None:  # fmt: skip
    await sign_in_again(visitor, cast)
    await preview(visitor, data, 422, **fields)
    assert said in visitor.html
    assert 'role="alert"' in visitor.html
    assert await rows(admin_engine, "SELECT 1 FROM vault.watch_upload") == []


async def test_what_waits_too_long_or_is_replaced_does_not_count(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine, worker_engine: AsyncEngine
) -> None:
    await sign_in_again(visitor, cast)
    await preview(visitor, fresh_number())
    former = visitor.html
    await visitor.open("/watchlists/new")
    await preview(visitor, fresh_number(), name="Khác")
    newer, visitor.html = visitor.html, former
    await press(visitor, "confirm", 409)
    assert "Không còn tệp nào chờ xác nhận" in visitor.html
    await run(admin_engine, "UPDATE vault.watch_upload SET expires_at = clock_timestamp()")
    visitor.html = newer
    await press(visitor, "confirm", 409)
    await visitor.open("/watchlists")
    assert "data-held" not in visitor.html
    assert len(await rows(admin_engine, "SELECT 1 FROM vault.watch_upload")) == 1
    await run_due(worker_engine, TIMED)
    assert await rows(admin_engine, "SELECT 1 FROM vault.watch_upload") == []
    await work(worker_engine)
    assert await rows(admin_engine, "SELECT 1 FROM watch_list") == []


async def test_a_file_that_was_confirmed_is_not_lost_to_the_next(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine, worker_engine: AsyncEngine
) -> None:
    await sign_in_again(visitor, cast)
    await preview(visitor, fresh_number())
    await press(visitor, "confirm")
    # Before the worker has come to it.
    await visitor.open("/watchlists/new")
    await preview(visitor, fresh_number(), 422, name="Khác")
    assert "Chờ vài giây" in visitor.html
    await work(worker_engine)
    assert await rows(admin_engine, "SELECT name FROM watch_list") == [("Truy tìm",)]
    await visitor.open("/watchlists/new")
    await preview(visitor, fresh_number(), name="Khác")
    await press(visitor, "confirm")
    await work(worker_engine)
    listed = await rows(admin_engine, "SELECT name FROM watch_list ORDER BY name")
    assert listed == [("Khác",), ("Truy tìm",)]


async def test_a_file_that_was_left_can_be_confirmed_or_discarded_later(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await sign_in_again(visitor, cast)
    await preview(visitor, fresh_number())
    await visitor.open("/watchlists")
    assert "chưa có hiệu lực: chờ bạn xác nhận" in visitor.html
    await press(visitor, "cancel")
    assert "Đã bỏ tệp" in visitor.html
    assert await rows(admin_engine, "SELECT 1 FROM vault.watch_upload") == []


async def test_an_open_screen_alone_changes_no_list(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine, worker_engine: AsyncEngine
) -> None:
    await sign_in_again(visitor, cast)
    await preview(visitor, fresh_number())
    await press(visitor, "confirm")
    await work(worker_engine)
    (listed,) = await rows(admin_engine, "SELECT id FROM watch_list")
    await run(admin_engine, "UPDATE web_session SET stepped_up_at = NULL")
    await visitor.open(f"/watchlists/{listed.id}")
    await visitor.send(f"/watchlists/{listed.id}/end", 403, end_reason="Đã bắt được")
    assert 'name="password"' in visitor.html
    await visitor.open("/watchlists/new")
    assert visitor.html.count('name="password"') == 1
    assert await rows(admin_engine, "SELECT 1 FROM watch_list WHERE removed_at IS NOT NULL") == []


async def test_a_list_is_prolonged_and_ends_with_a_reason(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine, worker_engine: AsyncEngine
) -> None:
    await sign_in_again(visitor, cast)
    await preview(visitor, fresh_number())
    await press(visitor, "confirm")
    await work(worker_engine)
    (listed,) = await rows(admin_engine, "SELECT id FROM watch_list")
    await visitor.open(f"/watchlists/{listed.id}")
    await press(visitor, "until", 422, valid_until="2020-01-01")
    assert "Ngày hết hiệu lực đã qua" in visitor.html
    await press(visitor, "until", 422, valid_until="ngày mai")
    later = UNTIL + timedelta(days=1)
    await press(visitor, "until", valid_until=later.isoformat())
    assert [*await rows(admin_engine, "SELECT valid_until FROM watch_list")] == [(later,)]
    await visitor.open(f"/watchlists/{listed.id}")
    await press(visitor, "end", 422, end_reason=" ")
    assert "Ghi lý do kết thúc" in visitor.html
    await press(visitor, "end", end_reason="Đã đình nã")
    await work(worker_engine)
    assert await rows(admin_engine, "SELECT 1 FROM vault.watch_entry") == []
    await visitor.open(f"/watchlists/{listed.id}")
    assert "Đã đình nã" in visitor.html
    assert f"/watchlists/{listed.id}/end" not in visitor.html
    # What has ended is changed no more.
    await visitor.send(f"/watchlists/{listed.id}/until", 404, valid_until=later.isoformat())


async def test_the_web_process_cannot_read_the_hashes_that_it_wrote(
    visitor: Visitor, cast: Cast, api_engine: AsyncEngine
) -> None:
    await sign_in_again(visitor, cast)
    await preview(visitor, fresh_number())
    async with one_transaction(api_engine) as session:
        await actor_of_login(session, "quang")
        with pytest.raises(DBAPIError, match="permission denied"):
            await session.execute(text("SELECT index_a FROM vault.watch_upload"))
    async with one_transaction(api_engine) as session:
        for login in ("minh", "nga", "admin", "lan"):
            await actor_of_login(session, login)
            held = await session.execute(text("SELECT count(id) FROM vault.watch_upload"))
            assert held.scalar_one() == 0, login
