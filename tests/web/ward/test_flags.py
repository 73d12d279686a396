"""The ward's flags on its pages and in the interface: in words, none by its code."""

import re
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.checks.registry import BY_ID, CHECKS
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
  "suspended_since": "2026-02-28", "list": "Danh sách thử", "reason": "thử",
  "valid_until": "2026-03-30"}"""


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


async def flag_ids(session: AsyncSession) -> dict[str, UUID]:
    """The newest flag of each check, by the check."""
    rows = await session.execute(text("SELECT check_id, id FROM flag ORDER BY raised_at"))
    return {row.check_id: row.id for row in rows}


async def test_every_value_is_shown_in_words(
    visitor: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    for check in CHECKS:
        await raise_flags(admin_session, cast, check.id, 1)
    await as_(visitor, cast, "minh")
    shown = ""
    for check_id, flag in (await flag_ids(admin_session)).items():
        check = BY_ID[check_id]
        await visitor.open(f"/ward/flags/{flag}")
        assert check.title in visitor.html
        assert check.looks_at in visitor.html
        hidden = {"overlap_to", "departed_at"}  # not told
        labels = [
            each.label for each in check.shows if each.key not in hidden and each.form != "stay"
        ]
        assert [label for label in labels if label not in visitor.html] == []
        shown += visitor.html
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
        assert line in shown, line


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


async def test_neither_rules_nor_stays_are_shown_by_their_codes(
    visitor: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    """What a rule says stands there; one of a later version says nothing yet."""
    for check in ("doubtful-paper", "same-document-two-places"):
        await raise_flags(admin_session, cast, check, 1)
    await as_(visitor, cast, "minh")
    ids = await flag_ids(admin_session)
    for path in ("/ward", "/ward/flags", *(f"/ward/flags/{each}" for each in ids.values())):
        await visitor.open(path)
        main = visitor.html.partition("<main")[2]
        seen = re.sub(r"<[^>]*>", " ", main)
        for code in (
            "personal_number.sex",
            "a.rule.of.later",
            "doubtful-paper",
            "01a21793-aced-7699-9798-2377bc3a4d2c",
            *(str(each) for each in ids.values()),
        ):
            assert code not in seen, (path, code)
