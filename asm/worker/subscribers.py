"""What is to follow from each topic of the outbox."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from asm.checks.registry import check_stays
from asm.notify.contacts.send_confirmations import send_confirmations
from asm.notify.messages.account_messages import (
    send_codes,
    write_contact_messages,
    write_password_messages,
)
from asm.notify.messages.host_messages import (
    write_activation_messages,
    write_announced_messages,
    write_decision_messages,
    write_receipt_messages,
)
from asm.notify.messages.incident_messages import write_incident_messages
from asm.notify.messages.office_messages import write_waiting_messages
from asm.notify.messages.people_messages import write_people_messages
from asm.outbox.drain import Event, Handler
from asm.outbox.topics import Topic
from asm.stays.incidents.excuses import apply_incidents, excuse_stays


async def follow_stays(session: AsyncSession, events: Sequence[Event]) -> None:
    """All that follows from stays that were declared or changed."""
    await excuse_stays(session, events)
    await check_stays(session, events)
    await write_receipt_messages(session, events)


async def follow_contacts(session: AsyncSession, events: Sequence[Event]) -> None:
    """All that follows from an address that somebody added."""
    await send_confirmations(session, events)
    await write_contact_messages(session, events)


async def follow_incidents(session: AsyncSession, events: Sequence[Event]) -> None:
    """All that follows from an incident that was opened, ended or taken back."""
    await apply_incidents(session, events)
    await write_incident_messages(session, events)


HANDLERS: Final[Mapping[str, Handler]] = {
    Topic.STAY_CHANGED: follow_stays,
    Topic.INCIDENT_CHANGED: follow_incidents,
    Topic.FACILITY_DECIDED: write_decision_messages,
    Topic.FACILITY_ACTIVATED: write_activation_messages,
    Topic.FACILITY_WAITING: write_waiting_messages,
    Topic.ANNOUNCED: write_announced_messages,
    Topic.CONTACT_ADDED: follow_contacts,
    Topic.CODE_REQUESTED: send_codes,
    Topic.PEOPLE_CHANGED: write_people_messages,
    Topic.PASSWORD_CHANGED: write_password_messages,
}
