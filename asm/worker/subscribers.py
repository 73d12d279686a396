"""What is to follow from each topic of the outbox."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from asm.checks.registry import check_stays
from asm.notify.contacts.contacts import send_confirmations
from asm.notify.messages.host_messages import (
    tell_activations,
    tell_all,
    tell_decisions,
    tell_receipts,
)
from asm.notify.messages.incident_messages import tell_incidents
from asm.outbox.drain import Event, Handler
from asm.outbox.post import (
    ANNOUNCED,
    CONTACT_ADDED,
    FACILITY_ACTIVATED,
    FACILITY_DECIDED,
    INCIDENT_CHANGED,
    STAY_CHANGED,
)
from asm.stays.incidents.excuses import excuse_stays, settle_incidents


async def settle_stays(session: AsyncSession, events: Sequence[Event]) -> None:
    """All that follows from stays that were declared or changed."""
    await excuse_stays(session, events)
    await check_stays(session, events)
    await tell_receipts(session, events)


async def follow_incidents(session: AsyncSession, events: Sequence[Event]) -> None:
    """All that follows from an incident that was opened, ended or taken back."""
    await settle_incidents(session, events)
    await tell_incidents(session, events)


HANDLERS: Final[Mapping[str, Handler]] = {
    STAY_CHANGED: settle_stays,
    INCIDENT_CHANGED: follow_incidents,
    FACILITY_DECIDED: tell_decisions,
    FACILITY_ACTIVATED: tell_activations,
    ANNOUNCED: tell_all,
    CONTACT_ADDED: send_confirmations,
}
