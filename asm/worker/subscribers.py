"""What is to follow from each topic of the outbox."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from asm.analytics.totals.capacity import refresh_capacity, refresh_quiet
from asm.analytics.totals.ledger import count_stays
from asm.checks.registry import check_stays
from asm.checks.silence import close_silence
from asm.checks.watchlist.carry_out import clear_ended, load_confirmed
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
from asm.notify.messages.look_up_messages import (
    write_alarm_messages,
    write_citizen_alarm_messages,
    write_dispute_messages,
    write_glass_messages,
)
from asm.notify.messages.office_messages import write_waiting_messages
from asm.notify.messages.people_messages import write_people_messages
from asm.notify.messages.remind_wards import write_reminders
from asm.notify.messages.ward_deed_messages import (
    write_resumption_messages,
    write_return_messages,
    write_suspension_messages,
    write_ward_messages,
)
from asm.outbox.drain import Event, Handler
from asm.outbox.topics import Topic
from asm.stays.incidents.excuses import apply_incidents, excuse_stays
from asm.stays.statements.quiet_nights import take_back_contradicted, take_back_if_guests


async def follow_stays(session: AsyncSession, events: Sequence[Event]) -> None:
    """All that follows from stays that were declared or changed."""
    await excuse_stays(session, events)
    await take_back_contradicted(session, events)
    await check_stays(session, events)
    await write_receipt_messages(session, events)
    # Last: checks say which nights count, incidents what is excused.
    await count_stays(session, events)


async def follow_quiet_nights(session: AsyncSession, events: Sequence[Event]) -> None:
    """All that follows from "no guests tonight", or from that taken back."""
    await take_back_if_guests(session, events)
    await close_silence(session, events)
    await refresh_quiet(session, events)


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
    Topic.QUIET_SAID: follow_quiet_nights,
    Topic.PASSWORD_CHANGED: write_password_messages,
    Topic.WATCH_LIST_CONFIRMED: load_confirmed,
    Topic.WATCH_LIST_ENDED: clear_ended,
    Topic.WARD_REMINDED: write_reminders,
    Topic.STAY_RECOUNT: count_stays,
    Topic.CAPACITY_CHANGED: refresh_capacity,
    Topic.FACILITY_SUSPENDED: write_suspension_messages,
    Topic.FACILITY_RESUMED: write_resumption_messages,
    Topic.FACILITY_MESSAGED: write_ward_messages,
    Topic.STAY_RETURNED: write_return_messages,
    Topic.LOOK_UP_ALARM: write_alarm_messages,
    Topic.GLASS_BROKEN: write_glass_messages,
    Topic.STAY_DISPUTED: write_dispute_messages,
    Topic.CITIZEN_ALARM: write_citizen_alarm_messages,
}
