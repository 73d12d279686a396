"""Watch lists: who hears of a hit, who does not, and what a file with broken lines comes to."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.access import Scope
from asm.accounts.create import account_id_of
from asm.accounts.sessions import actor_of_login
from asm.checks.registry import TIMED
from asm.checks.schedule import TimeWindow, run_due
from asm.checks.watchlist.hits import CHECK_ID, close_ended, hits_of
from asm.checks.watchlist.load_watchlist import (
    ListDescription,
    ListLoaded,
    load_watchlist,
    remove_watchlist,
    watchlists,
)
from asm.checks.watchlist.watch_file import BrokenLine, read_watch_file
from asm.db.base import VIETNAM
from asm.db.session import one_transaction
from asm.demo.cast import WARD_A
from asm.errors import Invalid, NotAllowed
from asm.identity.vault.keys import Keys
from asm.stays.changes import Amend, GuestChange, VoidStay
from asm.stays.entry import StayEntry
from tests.checks.desks import Desks, at, check, flags, fresh_number, rows, somebody

WORKER = text("SET LOCAL ROLE asm_worker")
TOMORROW = (datetime.now(VIETNAM) + timedelta(days=1)).date()


async def load(
    admin_engine: AsyncEngine, keys: Keys, data: str | bytes, name: str = "Truy tìm", **changes: Any
) -> ListLoaded:
    async with one_transaction(admin_engine) as session:
        about = {
            "owner_id": await account_id_of(session, "quang"),
            "name": name,
            "reason": "Quyết định truy tìm số 12",
            "valid_until": TOMORROW,
            **changes,
        }
        await session.execute(WORKER)
        given = data.encode() if isinstance(data, str) else data
        return await load_watchlist(session, keys, None, ListDescription(**about), given)


async def watched(engine: AsyncEngine) -> list[Any]:
    return await flags(engine, CHECK_ID)


async def seen_by(api_engine: AsyncEngine, login: str) -> int:
    """How many flags the row-level policies show a session of this account."""
    async with one_transaction(api_engine) as session:
        await actor_of_login(session, login)
        return int((await session.execute(text("SELECT count(*) FROM flag"))).scalar_one())


async def test_a_hit_is_for_the_ward_and_the_lists_owner_alone(
    desks: Desks,
    vault_keys: Keys,
    api_engine: AsyncEngine,
    worker_engine: AsyncEngine,
    admin_engine: AsyncEngine,
) -> None:
    number = fresh_number()
    await load(admin_engine, vault_keys, number)
    stay = await desks.declare("lan", number, at(1), at(3))
    await desks.declare("lan", fresh_number(), at(1), at(3))
    await check(worker_engine)
    (flag,) = await watched(admin_engine)
    assert (flag.severity, flag.ward_code, flag.stay_id) == ("high", WARD_A, stay)
    assert flag.evidence["reason"] == "Quyết định truy tìm số 12"
    assert number not in str(flag.evidence)
    seen = {login: await seen_by(api_engine, login) for login in ("minh", "quang")}
    assert seen == {"minh": 1, "quang": 1}
    for login in ("lan", "pms", "hai", "thao", "admin"):
        assert await seen_by(api_engine, login) == 0, login
    async with one_transaction(api_engine) as session:
        (hit,) = await hits_of(Scope(session, await actor_of_login(session, "quang")))
        assert (hit.facility_name, hit.list_name) == ("Khách sạn Hoa Sen", "Truy tìm")
    async with one_transaction(api_engine) as session:
        lan = await actor_of_login(session, "lan")
        watched_rows = await session.execute(text("SELECT * FROM watched_places()"))
        assert watched_rows.all() == []
        with pytest.raises(NotAllowed):
            await hits_of(Scope(session, lan))


async def test_the_web_process_cannot_ask_whether_a_document_is_watched(
    vault_keys: Keys, api_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await load(admin_engine, vault_keys, fresh_number())
    with pytest.raises(DBAPIError, match="permission denied"):
        async with one_transaction(api_engine) as session:
            await session.execute(text("SELECT count(*) FROM vault.watch_entry"))
    async with one_transaction(api_engine) as session:
        await actor_of_login(session, "lan")
        assert (await session.execute(text("SELECT count(*) FROM watch_list"))).scalar_one() == 0


async def test_broken_lines_are_counted_and_told_and_the_good_ones_loaded(
    vault_keys: Keys, admin_engine: AsyncEngine
) -> None:
    good = [fresh_number() for _ in range(3)]
    data = "\n".join([
        "document_type,document_number,nationality", good[0], "# ghi chú", "", f"1;{good[1]};VNM",
        good[2], good[0], "12345", "4,C1234567,KOR", "4,C1234567,ZZZ", "77,123456,VNM", "1,2",
        "4,!!,KOR", "x" * 300,
    ]).encode() + b"\n\xff\xfe0010\n"  # fmt: skip
    loaded = await load(admin_engine, vault_keys, b"\xef\xbb\xbf" + data)
    assert (loaded.documents, loaded.duplicates, loaded.broken) == (4, 1, 7)
    assert [(line.line, line.code) for line in loaded.broken_lines] == [
        (8, "document_number"), (10, "nationality"), (11, "document_type"), (12, "columns"),
        (13, "document_number"), (14, "line_too_long"), (15, "encoding"),
    ]  # fmt: skip
    stored = await rows(admin_engine, "SELECT * FROM vault.watch_entry")
    assert len(stored) == 4
    assert {len(bytes(row.index_a)) for row in stored} == {32}
    for row in await rows(admin_engine, "SELECT details::text AS said FROM audit_entry"):
        assert not any(number in row.said for number in good)


async def test_a_file_without_one_good_line_leaves_the_former_list(
    vault_keys: Keys, admin_engine: AsyncEngine
) -> None:
    await load(admin_engine, vault_keys, fresh_number())
    for data in ("12345\n6789", "", "a\0b"):
        with pytest.raises(Invalid):
            await load(admin_engine, vault_keys, data)
    with pytest.raises(Invalid, match=r"expired|hiệu lực"):
        await load(admin_engine, vault_keys, fresh_number(), valid_until=date(2020, 1, 1))
    with pytest.raises(Invalid):
        await load(admin_engine, vault_keys, fresh_number(), owner_id=None)
    async with one_transaction(admin_engine) as session:
        assert [watchlist.documents for watchlist in await watchlists(session)] == [1]


@pytest.mark.parametrize("pasted", ["\u200e001095\u200b000001\u200e", "００１０９５０００００１"])
def test_a_pasted_line_is_cleaned_like_a_declaration(pasted: str) -> None:
    assert list(read_watch_file(pasted.encode())) == list(read_watch_file(b"001095000001"))


@pytest.mark.parametrize("heading", ["Số giấy tờ", "Loại;Số giấy tờ;Quốc tịch", "\ufeff# x\nSố"])
def test_a_heading_in_any_words_is_passed_over(heading: str) -> None:
    lines = list(read_watch_file(f"{heading}\n001095000001\nSố giấy tờ\n".encode()))
    assert lines[:1] == list(read_watch_file(b"001095000001"))
    (later,) = lines[1:]  # amid the list it is a broken line
    assert isinstance(later, BrokenLine)
    assert later.code == "document_number"


def test_a_line_is_never_shown_by_accident() -> None:
    (line,) = read_watch_file(b"001095000001")
    assert not isinstance(line, BrokenLine)
    assert "001095" not in repr(line)


async def test_present_guests_are_found_when_a_list_is_loaded_and_let_go_when_it_ends(
    desks: Desks, vault_keys: Keys, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    number = fresh_number()
    arrived = datetime.now(UTC) - timedelta(hours=3)
    entry = StayEntry(guest=somebody(number), arrived_at=arrived, room="101")
    await desks.declare_all("lan", [entry])
    await check(worker_engine)
    assert await watched(admin_engine) == []
    loaded = await load(admin_engine, vault_keys, number)
    assert loaded.stays_to_check == 1
    await check(worker_engine)
    (flag,) = await watched(admin_engine)
    assert flag.closed_at is None
    # The same again changes nothing.
    await load(admin_engine, vault_keys, number)
    await check(worker_engine)
    assert await watched(admin_engine) == [flag]
    async with one_transaction(admin_engine) as session:
        await session.execute(WORKER)
        await remove_watchlist(session, None, loaded.id)
    assert await rows(admin_engine, "SELECT 1 FROM vault.watch_entry") == []
    await check(worker_engine)
    (flag,) = await watched(admin_engine)
    assert flag.closed_at is not None


@pytest.mark.parametrize("way", ["corrected", "voided", "expired"])
async def test_the_flag_closes_itself(
    way: str,
    desks: Desks,
    vault_keys: Keys,
    worker_engine: AsyncEngine,
    admin_engine: AsyncEngine,
) -> None:
    number = fresh_number()
    await load(admin_engine, vault_keys, number)
    stay = await desks.declare("lan", number, at(1), at(3))
    await check(worker_engine)
    if way == "corrected":
        await desks.change(
            "lan", stay, Amend(guest=GuestChange.to(somebody(fresh_number()))), at(1, 20)
        )
    elif way == "voided":
        await desks.change("lan", stay, VoidStay(reason="nhầm"), at(1, 20))
    else:
        async with one_transaction(admin_engine) as session:
            await session.execute(text("UPDATE watch_list SET valid_until = '2026-01-01'"))
        # By the worker's round, minutes after midnight; the daily upkeep is not waited for.
        assert (await run_due(worker_engine, TIMED))[CHECK_ID] == 1
        assert CHECK_ID not in await run_due(worker_engine, TIMED)
    await check(worker_engine)
    (flag,) = await watched(admin_engine)
    assert flag.closed_at is not None


async def test_a_list_is_in_force_on_its_last_day_and_not_a_minute_longer(
    desks: Desks, vault_keys: Keys, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    number = fresh_number()
    await load(admin_engine, vault_keys, number)
    await desks.declare("lan", number, at(1), at(3))
    await check(worker_engine)
    last = datetime(2031, 5, 20, tzinfo=VIETNAM)
    async with one_transaction(admin_engine) as session:
        await session.execute(text("UPDATE watch_list SET valid_until = '2031-05-20'"))
    for minutes, closed in ((24 * 60 - 1, 0), (24 * 60, 1), (24 * 60 + 5, 0)):
        now = last + timedelta(minutes=minutes)
        assert await close_ended(worker_engine, TimeWindow(since=last, now=now)) == closed
