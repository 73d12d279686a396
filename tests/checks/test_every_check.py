"""What holds for each check alike: a flag for its own ward, closed by itself, settled by people."""

import json
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.checks.registry import BY_ID, CHECKS, TIMED, check_stays
from asm.db.base import new_id
from asm.db.session import one_transaction
from asm.demo.cast import WARD_A
from asm.errors import Refusal
from asm.outbox.drain import Event
from asm.outbox.topics import Topic
from tests.checks.causes import CAUSES, Cause
from tests.checks.desks import Desks, check, flags, rows
from tests.checks.flags.test_ward_flags import Officer

OWN_TESTS = {
    "same-document-two-places",
    "identity-mismatch",
    "too-fast-between-stays",
    "document-with-other-names",
    "facility-unusually-silent",
    "watch-list",
    "declared-while-suspended",
}


def test_every_check_is_tried() -> None:
    assert {cause.check_id for cause in CAUSES} | OWN_TESTS == set(BY_ID)


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.check_id)
async def test_from_cause_to_flag_and_back(
    cause: Cause,
    desks: Desks,
    api_engine: AsyncEngine,
    worker_engine: AsyncEngine,
    admin_engine: AsyncEngine,
) -> None:
    minh, thao = Officer(api_engine, "minh"), Officer(api_engine, "thao")
    stay = await cause.bring(desks)
    await check(worker_engine, cause.seen)
    raised = await flags(admin_engine, cause.check_id)
    assert len(raised) == 1, f"{cause.check_id}: its cause raises {len(raised)} flags, not one"
    (flag,) = raised
    listed = BY_ID[cause.check_id]
    assert (flag.facility_id, flag.ward_code) == (desks.cast.hoa_sen, WARD_A)
    assert (flag.stay_id, flag.severity) == (stay if cause.about_stay else None, listed.severity)
    _holds_nothing_personal(flag)

    await _again(desks, worker_engine, admin_engine, cause)
    assert await flags(admin_engine, cause.check_id) == [flag]

    assert [f.id for f in await minh.flags() if f.check_id == cause.check_id] == [flag.id]
    assert await thao.flags(include_closed=True) == []
    await minh.dismiss(flag.id, "đã gọi hỏi")
    await _again(desks, worker_engine, admin_engine, cause)
    assert flag.id not in {f.id for f in await minh.flags()}
    await minh.reopen(flag.id)
    assert flag.id in {f.id for f in await minh.flags()}

    refused = await _undo(desks, cause, stay)
    assert refused is None, f"{cause.check_id}: its undo was refused: {refused}"
    await check(worker_engine, cause.seen)
    (closed,) = await flags(admin_engine, cause.check_id)
    assert closed.closed_at is not None, f"{cause.check_id}: its undo leaves the cause there"
    assert (closed.id, closed.evidence) == (flag.id, flag.evidence)


async def _undo(desks: Desks, cause: Cause, stay: UUID) -> str | None:
    """Take the cause away; the code of the refusal where its undo cannot be done at all."""
    try:
        await desks.change("lan", stay, cause.undo, cause.seen)
    except Refusal as refusal:
        return refusal.code
    return None


def _holds_nothing_personal(flag: object) -> None:
    shown = {value.key for value in BY_ID[flag.check_id].shows}  # type: ignore[attr-defined]
    evidence = flag.evidence  # type: ignore[attr-defined]
    assert set(evidence) - {"stay_id"} == shown
    evidence_json = json.dumps(evidence, ensure_ascii=False)
    assert not [
        word for word in ("Mẫu", "Không Giấy Tờ", "001095", "1995-05-05") if word in evidence_json
    ]


async def _again(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine, cause: Cause
) -> None:
    """Every stay once more, twice each: no event is lost if it comes again."""
    stays = await rows(admin_engine, "SELECT facility_id, id FROM stay")
    events = [
        Event(
            id=new_id(),
            topic=Topic.STAY_CHANGED,
            facility_id=row.facility_id,
            payload={"stay_id": str(row.id), "version": 1},
        )
        for row in stays * 2
    ]
    async with one_transaction(worker_engine) as session:
        await check_stays(session, events, cause.seen)
        await check_stays(session, [], cause.seen)


@pytest.mark.parametrize("listed", CHECKS, ids=lambda listed: listed.id)
def test_it_says_what_it_looks_at_in_both_languages(listed: object) -> None:
    for name in ("title", "looks_at", "explanation"):
        vi, en = getattr(listed, name), getattr(listed, f"{name}_en")
        assert vi.strip()
        assert en.strip()
        assert vi != en


def test_checks_that_go_by_time_look_often_enough() -> None:
    assert {"overstay", "stay-reaches-30-days", "permitted-stay-ends"} <= set(TIMED)
