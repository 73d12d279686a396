"""From a party as it came in over the JSON interface to its outcome."""

from uuid import UUID

import msgspec

from asm.accounts.actor import Actor
from asm.api.v1.idempotency import REPLAYED, required_key
from asm.api.v1.stay_inputs import MAX_GUESTS, StayDeclaration, card_guests
from asm.db.base import vietnam_time
from asm.errors import Invalid, field_error
from asm.metrics.counted import count_outcome
from asm.stays.declaration import Declaration, Outcome
from asm.stays.intake.group_commit import Declare
from asm.stays.saved.saved_time import SavedTime


class DeclareRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request to declare, whoever read it. `key`: its Idempotency-Key as sent."""

    facility_id: UUID
    data: StayDeclaration
    key: str | None = None
    dry_run: bool = False
    saved: SavedTime | None = None


async def declare_entries(declare: Declare, actor: Actor, request: DeclareRequest) -> Outcome:
    """Raises as the writer does, and Invalid: party_size, idempotency_key_missing."""
    data = request.data
    if not 1 <= len(data.guests) <= MAX_GUESTS:
        raise _party_size(empty=not data.guests)
    cards = card_guests(data, vietnam_time(actor.now).date())
    declaration = Declaration(
        facility_id=request.facility_id,
        entries=[card.entry for card in cards],
        notes=[card.notes for card in cards],
        via="card_qr" if all(guest.card_qr for guest in data.guests) else "api",
        key=None if request.dry_run else required_key(request.key),
        body=b"declare" + msgspec.json.encode(data),
        dry_run=request.dry_run,
        saved=request.saved,
    )
    try:
        outcome = await declare(actor, declaration)
    except Invalid as refusal:
        _point_at_own_field(refusal, data)
        raise
    count_outcome(outcome)
    return outcome


def answer_of(outcome: Outcome) -> tuple[int, dict[str, str]]:
    """Status and headers: 201 only for what this request stored."""
    stored = outcome.accepted > 0 and not outcome.replayed
    return 201 if stored else 200, REPLAYED if outcome.replayed else {}


def _point_at_own_field(refusal: Invalid, data: StayDeclaration) -> None:
    """A guest without a room of their own has the party's: there it has to be corrected."""
    shared = {f"/guests/{n}/room" for n, guest in enumerate(data.guests) if guest.room is None}
    for error in refusal.errors:
        if error["pointer"] in shared:
            error["pointer"] = "/room"


def _party_size(*, empty: bool) -> Invalid:
    errors = (
        [field_error("/guests", "party_size", text="party_size:empty")]
        if empty
        else [field_error("/guests", "party_size", text="party_size:field")]
    )
    return Invalid("party_size", errors=errors)
