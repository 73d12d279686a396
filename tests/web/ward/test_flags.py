"""The ward's flags on its pages: by kind with their number, in full, dismissed and taken back."""

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.checks.registry import CHECKS
from asm.demo.cast import WARD_A, Cast
from tests.people import sign_in
from tests.web.visitor import Visitor
from tests.web.ward.test_ward import as_

#: A flag of each check, with every value that it may show.
EVIDENCE = """{"room": "101", "night": "2026-03-01", "guests": 3, "beds": 2, "rooms_over": 1,
  "rooms": [{"room": "Phòng 101", "guests": 3, "beds": 2}], "planned_departure_at":
  "2026-03-03T04:00:00+00:00", "arrived_on": "2026-03-01", "reached_on": "2026-03-31",
  "permitted_until": "2026-03-04", "departed_at": null, "child_below": 14, "adult_from": 18,
  "rules": ["personal_number.sex", "a.rule.of.later"], "due_at": "2026-03-01T16:00:00+00:00",
  "received_at": "2026-03-02T02:00:00+00:00", "late_minutes": 600, "month": "2026-03",
  "late_days": 3, "late_guests": 4, "last_late_at": "2026-03-04T02:00:00+00:00",
  "other_stay_id": "01a21793-aced-7699-9798-2377bc3a4d2c", "other_ward_code": "00004",
  "overlap_from": "2026-03-01T08:00:00+00:00", "overlap_to": null, "distance_km": 1140,
  "minutes_between": 40, "minutes_needed": 175, "days_between": 4, "recent_nights": 8,
  "recent_declared": 7, "usual_guests": 3, "year_ago_nights": 0, "year_ago_declared": 0,
  "list": "Danh sách thử", "reason": "thử", "valid_until": "2026-03-30"}"""


async def raise_flags(session: AsyncSession, cast: Cast, check_id: str, count: int) -> None:
    await session.execute(
        text("""
        INSERT INTO flag (facility_id, id, check_id, subject, severity, ward_code, evidence)
        SELECT :place, new_id(), :check, n, 'low', :ward, CAST(:evidence AS jsonb)
        FROM generate_series(1, :count) AS n"""),
        {
            "place": cast.hoa_sen,
            "check": check_id,
            "ward": WARD_A,
            "evidence": EVIDENCE,
            "count": count,
        },
    )
    await session.commit()


async def test_many_flags_stand_as_one_kind_with_a_list_of_all(
    visitor: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    await raise_flags(admin_session, cast, "overstay", 55)
    await as_(visitor, cast, "minh")
    assert "Cảnh báo: 55" in visitor.html
    assert "Xem cả 55 cảnh báo" in visitor.html
    assert visitor.html.count("11:00 03/03/2026") == 3
    await visitor.open("/ward/flags?check=overstay")
    assert "Cảnh báo đang chờ: 55" in visitor.html
    assert visitor.html.count("11:00 03/03/2026") == 50
    await visitor.open("/ward/flags?check=overstay&page=2")
    assert visitor.html.count("11:00 03/03/2026") == 5
    await visitor.open("/ward/flags?check=no-such-check")
    assert "Cảnh báo đang chờ: 55" in visitor.html
    await as_(visitor, cast, "thao")
    await visitor.open("/ward/flags")
    assert "Cảnh báo đang chờ: 0" in visitor.html
    await as_(visitor, cast, "lan")
    await visitor.open("/ward/flags", status=403)


async def test_a_flag_is_dismissed_in_the_list_and_taken_back(
    visitor: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    await raise_flags(admin_session, cast, "overstay", 1)
    flag_ids = await admin_session.execute(text("SELECT id FROM flag"))
    flag = flag_ids.scalar_one()
    await as_(visitor, cast, "minh")
    await visitor.open("/ward/flags?check=overstay")
    origin = {"from": "list", "check": "overstay"}
    await visitor.send(f"/ward/flags/{flag}/dismiss", status=422, **origin, **{f"note-{flag}": ""})
    assert "Ghi lý do xử lý." in visitor.html
    await visitor.send(f"/ward/flags/{flag}/dismiss", **origin, **{f"note-{flag}": "đã hỏi Lan"})
    assert "Cảnh báo đang chờ: 0" in visitor.html
    await visitor.open("/ward/flags?state=dismissed")
    assert "đã hỏi Lan" in visitor.html
    await visitor.send(f"/ward/flags/{flag}/reopen")
    assert "Cảnh báo đang chờ: 1" in visitor.html
    await as_(visitor, cast, "thao")
    await visitor.send(f"/ward/flags/{flag}/reopen", status=404)


async def test_every_value_is_shown_in_words(
    visitor: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    for check in CHECKS:
        await raise_flags(admin_session, cast, check.id, 1)
    await as_(visitor, cast, "minh")
    for check in CHECKS:
        assert check.title in visitor.html
        assert check.looks_at in visitor.html
        hidden = {"overlap_to", "departed_at"}  # not told
        labels = [shown.label for shown in check.shows if shown.key not in hidden]
        assert [label for label in labels if label not in visitor.html] == []
    for line in (
        "Phòng 101: 3 / 2",
        "Giới tính không khớp với số định danh.",
        "Một điểm cần xem lại",
        "10 giờ",
        "40 phút",
        "1.140",
        "Phường Ba Đình, Thành phố Hà Nội",
        "31/03/2026",
    ):
        assert line in visitor.html, line


@pytest.mark.parametrize(("state", "listed"), [("open", 1), ("dismissed", 0), ("closed", 0)])
async def test_the_interface_lists_by_state_and_check(
    state: str, listed: int, client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession
) -> None:
    await raise_flags(admin_session, cast, "overstay", 1)
    await raise_flags(admin_session, cast, "declared-late", 2)
    minh = await sign_in(client, cast, "minh")
    path = f"/api/v1/wards/{WARD_A}/flags?state={state}"
    answers = [
        (await client.get(path + rest, headers=minh)).json() for rest in ("&check=overstay", "")
    ]
    assert [len(answer) for answer in answers] == [listed, listed * 3]
    refused = await client.get(f"/api/v1/wards/{WARD_A}/flags?state=lost", headers=minh)
    assert refused.status_code in {400, 422}


async def test_no_rule_is_shown_by_its_code(
    visitor: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    """What a rule says stands there; one of a later version says nothing yet."""
    await raise_flags(admin_session, cast, "doubtful-paper", 1)
    await as_(visitor, cast, "minh")
    for path in ("/ward", "/ward/flags"):
        await visitor.open(path)
        main = visitor.html.partition("<main")[2]
        assert "Giới tính" in main
        assert "Một điểm cần xem lại" in main
        for code in ("personal_number.sex", "a.rule.of.later", "doubtful-paper</code>"):
            assert code not in main
