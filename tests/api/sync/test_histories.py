"""Whatever the network does, a record is done once, and the phone ends with what the server has.

2,000 histories: `ASM_HISTORIES=2000 pytest tests/api/sync/test_histories.py`; fewer by default, so
that a run of all tests stays short. They are made from the same seed each time.
"""

import os
from collections import Counter
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import Cast
from tests.api.hotel import Hotel
from tests.api.sync.model_phone import STEPS, ModelPhone, Saved, Step
from tests.people import sign_in

HISTORIES = int(os.environ.get("ASM_HISTORIES", "60"))


@pytest.fixture
async def hotel(client: httpx.AsyncClient, cast: Cast) -> Hotel:
    return Hotel(client, cast, await sign_in(client, cast, "lan"))


@settings(
    max_examples=HISTORIES,
    derandomize=True,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=STEPS)
async def test_each_record_is_done_once(
    history: list[Step], hotel: Hotel, admin_session: AsyncSession
) -> None:
    phone = ModelPhone(hotel)
    for step in history:
        await phone.step(step)
    await phone.come_home()
    for record in phone.records:
        _same_answer_each_time(record)
    versions = await _versions(admin_session, phone)
    _nothing_is_doubled_or_lost(phone, versions)
    for stay_id in versions:
        assert (await phone.stands(stay_id)).json() == phone.stays[stay_id]


def _same_answer_each_time(record: Saved) -> None:
    """Once done, it is answered as it was; what was refused may be done later, never undone."""
    done = [answer for answer in record.answers if answer["status"] < 300]
    assert [answer["replayed"] for answer in done[:1]] in ([], [False])
    assert all(answer["replayed"] for answer in done[1:])
    assert len({_receipts(answer) for answer in done}) <= 1
    assert record.received is not None
    if done:
        last = record.answers[-1]
        assert last["status"] < 300, "what was received was refused afterwards"


def _receipts(answer: dict[str, Any]) -> tuple[str, ...]:
    if answer["changed"]:
        return (answer["changed"]["receipt"]["token"],)
    return tuple(result["receipt"]["token"] for result in answer["outcome"]["results"])


async def _versions(session: AsyncSession, phone: ModelPhone) -> dict[str, int]:
    """How many versions each stay of the history's people has."""
    stays = {
        result["stay_id"]
        for record in phone.records
        for answer in record.answers
        if answer["outcome"]
        for result in answer["outcome"]["results"]
    }
    await session.rollback()
    rows = await session.execute(
        text("SELECT stay_id, count(*) FROM stay_version WHERE stay_id = ANY(:stays) GROUP BY 1"),
        {"stays": list(stays)},
    )
    return {str(stay_id): count for stay_id, count in rows}


def _nothing_is_doubled_or_lost(phone: ModelPhone, versions: dict[str, int]) -> None:
    """A stay for each declaration that was accepted, a version for each change that was made."""
    written: Counter[str] = Counter()
    for record in phone.records:
        answer = next((each for each in record.answers if each["status"] < 300), None)
        if answer is None:
            continue
        for result in (answer["outcome"] or {"results": []})["results"]:
            written[result["stay_id"]] += result["status"] in {"accepted", "changed"}
        if answer["changed"] and not answer["changed"]["unchanged"]:
            written[answer["changed"]["receipt"]["stay_id"]] += 1
    assert written == versions
