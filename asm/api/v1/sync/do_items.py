"""Do what the items of a batch say, each as its single operation would.

1. Items stand in the order in which people did things; so they are done. Declarations that follow
   one another wait for the writer together (`asm.stays.intake.group_commit`): fifty cost few
   commits, and those about one person are settled in order.
2. A change has a transaction of its own, committed before the next begins.
3. What is refused sinks nothing else. What names a declaration that could not be taken just now is
   answered likewise: it is to be sent again with it.
"""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final
from uuid import UUID

import msgspec
import structlog
from litestar.datastructures import State
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Access
from asm.accounts.actor import Actor
from asm.accounts.devices.signing_key import signing_key_of
from asm.accounts.sessions import actor_of_token
from asm.api.problems import ProblemDetails, as_refusal, problem_body, unavailable
from asm.api.v1.declare_json import DeclareRequest, answer_of, declare_entries
from asm.api.v1.stay_changes import change_request
from asm.api.v1.sync.batch_shape import (
    BatchItem,
    BatchItemAnswer,
    ChangeItem,
    DeclareItem,
    DepartItem,
    ExtendItem,
    MoveItem,
    QuietNightItem,
    UndoDepartureItem,
    VoidItem,
)
from asm.api.v1.sync.read_items import ReadItem
from asm.db.error_kinds import DATABASE_ERRORS, is_away, was_answered
from asm.errors import Conflict, Refusal, Unavailable, field_error
from asm.stays.change import Changed, change_stay
from asm.stays.changes import Change, Depart, Extend, MoveRoom, UndoDeparture, VoidStay
from asm.stays.declaration import Outcome
from asm.stays.intake.group_commit import Declare
from asm.stays.intake.idempotency import claim_key, outcome_stored, store_answer
from asm.stays.receipts.not_taken import Unsent, outcome_unknown, refuse_unsent
from asm.stays.saved.saved_time import SavedTime, verify_saved
from asm.stays.statements.quiet_nights import QuietNight, say_quiet

_AT_HEADER: Final = "/headers/"
log = structlog.get_logger()


class BatchRun(msgspec.Struct, frozen=True, kw_only=True):
    """Whose batch it is, and the ways into the database. `clock_ahead_s`: how far the phone's clock
    is ahead of ours, where it said what it shows.
    """

    state: State
    actor: Actor
    facility_id: UUID
    token_hash: bytes
    declare: Declare
    clock_ahead_s: int | None = None


async def do_items(run: BatchRun, items: Sequence[ReadItem]) -> list[BatchItemAnswer]:
    """An answer for each, in order."""
    answers: list[BatchItemAnswer] = []
    passing: set[str] = set()
    for together in _runs(items):
        if isinstance(together[0].item, DeclareItem):
            done = list(await asyncio.gather(*(_answer(run, each, passing) for each in together)))
        else:
            done = [await _answer(run, each, passing) for each in together]
        passing |= {each.key for each in done if each.key and _is_passing(each.status)}
        answers += done
    return answers


def _runs(items: Sequence[ReadItem]) -> Iterator[list[ReadItem]]:
    """Declarations that follow one another, and every other item by itself."""
    for declares, group in groupby(items, lambda each: isinstance(each.item, DeclareItem)):
        if declares:
            yield list(group)
        else:
            yield from ([each] for each in group)


def _is_passing(status: int) -> bool:
    return status in {408, 429} or status >= 500


async def _answer(run: BatchRun, read: ReadItem, passing: set[str]) -> BatchItemAnswer:
    if read.item is None:
        return _refused(read, read.refusal)
    try:
        return await _do(run, read, read.item, passing)
    except Exception as error:  # what sinks one item must sink no other
        refusal = as_refusal(error)
        if refusal is None:
            log.exception("unexpected_error", exc_info=error)
        return _refused(read, refusal)


def _refused(read: ReadItem, refusal: Refusal | None) -> BatchItemAnswer:
    refusal = refusal or Refusal("internal_error")
    return BatchItemAnswer(key=read.key, status=refusal.status, problem=_problem(refusal))


def _problem(refusal: Refusal) -> ProblemDetails:
    body = problem_body(refusal)
    for error in body["errors"]:
        if error["pointer"].startswith(_AT_HEADER):
            error["pointer"] = "/key"
    return msgspec.convert(body, ProblemDetails)


async def _do(run: BatchRun, read: ReadItem, item: BatchItem, passing: set[str]) -> BatchItemAnswer:
    saved = _saved_time(run, read, item)
    if isinstance(item, DeclareItem):
        wish = DeclareRequest(
            facility_id=run.facility_id, data=item.body, key=item.key, saved=saved
        )
        outcome = await declare_entries(run.declare, run.actor, wish)
        status, _ = answer_of(outcome)
        replayed = outcome.replayed
        return BatchItemAnswer(key=item.key, status=status, replayed=replayed, outcome=outcome)
    if isinstance(item, QuietNightItem):
        return await _in_transaction(run, read, _QuietNightDeed(run=run, item=item))
    if item.stay.declared_by in passing:
        raise Unavailable("try_again", retry_after_s=5)
    return await _in_transaction(run, read, _ChangeDeed(run=run, item=item, saved=saved))


def _saved_time(run: BatchRun, read: ReadItem, item: BatchItem) -> SavedTime | None:
    if item.saved is None:
        return None
    proof = read.saved_proof
    if proof is not None:
        verify_saved(item.saved.proof or "", proof, signing_key_of(run.actor))
    device = run.actor.device
    return SavedTime(
        at=item.saved.at,
        signed=proof is not None,
        device_id=None if device is None else device.id,
        clock_ahead_s=run.clock_ahead_s,
    )


class _QuietNightDeed(msgspec.Struct, frozen=True, kw_only=True):
    run: BatchRun
    item: QuietNightItem

    async def do(self, access: Access) -> BatchItemAnswer:
        """Say it once for the key."""
        facility_id, key = self.run.facility_id, self.item.key
        body = b"quiet_night" + msgspec.json.encode(self.item.body)
        stored = await claim_key(access, facility_id, key, body)
        if stored is None:
            said = await say_quiet(access, facility_id, self.item.body.night, "api")
            await store_answer(access.session, facility_id, key, said)
        else:
            said = msgspec.json.decode(stored, type=QuietNight)
        return BatchItemAnswer(key=key, status=200, replayed=stored is not None, quiet_night=said)


class _ChangeDeed(msgspec.Struct, frozen=True, kw_only=True):
    run: BatchRun
    item: ChangeItem
    saved: SavedTime | None

    async def do(self, access: Access) -> BatchItemAnswer:
        """Change the stay."""
        key, version = self.item.key, self.item.version
        stay_id = self.item.stay.id or await self._declared(access.session)
        request = change_request(
            self.run.facility_id, stay_id, _change_of(self.item), key=key, version=version
        )
        request = msgspec.structs.replace(request, saved=self.saved)
        changed: Changed = await change_stay(access, request)
        return BatchItemAnswer(key=key, status=200, replayed=changed.replayed, changed=changed)

    async def _declared(self, session: AsyncSession) -> UUID:
        stay = self.item.stay
        stored = await outcome_stored(session, self.run.facility_id, stay.declared_by or "")
        outcome = None if stored is None else msgspec.convert(stored, Outcome)
        results = [] if outcome is None else outcome.results
        named = [result.stay_id for result in results if result.index == stay.guest]
        if not named or named[0] is None:
            raise Conflict(
                "declaration_not_stored",
                errors=[field_error("/stay/declared_by", "declaration_not_stored")],
            )
        return named[0]


def _change_of(item: ChangeItem) -> Change:
    match item:
        case ExtendItem():
            return Extend(planned_departure_at=item.body.planned_departure_at)
        case MoveItem():
            return MoveRoom(room=item.body.room)
        case DepartItem():
            return Depart(departed_at=item.body.departed_at)
        case UndoDepartureItem():
            return UndoDeparture()
        case VoidItem():
            return VoidStay(reason=item.body.reason)
        case _:
            return item.body


async def _in_transaction(
    run: BatchRun, read: ReadItem, deed: _ChangeDeed | _QuietNightDeed
) -> BatchItemAnswer:
    """Committed when it is answered. While the database is away: the signed proof of having tried,
    unless the answer to the COMMIT is what was lost.
    """
    received, committing = run.state.clock.now(), False
    try:
        async with run.state.sessions() as session:
            # Asked anew: between two items of a batch a phone may be signed out from elsewhere.
            actor = await actor_of_token(session, run.token_hash)
            access = Access(session, actor, await run.state.vault.current())
            answer = await deed.do(access)
            committing = True
            await session.commit()
    except DATABASE_ERRORS as error:
        if not is_away(error):
            raise
        if committing:
            raise (unavailable() if was_answered(error) else outcome_unknown()) from error
        unsent = Unsent(facility_id=run.facility_id, key=read.key or "", body=read.body)
        raise refuse_unsent(await run.state.vault.files(), unsent, received) from error
    return answer
