"""What the events of the outbox are about: one list.

Rows are in the table under these words, and workers of the version before and after read them: a
topic that means something else gets another word.
"""

from enum import StrEnum


class Topic(StrEnum):
    """What happened. Policies of row-level security name those that web processes may add."""

    STAY_CHANGED = "stay.changed"
    INCIDENT_CHANGED = "incident.changed"
    #: Sent back, that is; activations are a topic of their own, for workers that know of it.
    FACILITY_DECIDED = "facility.decided"
    FACILITY_ACTIVATED = "facility.activated"
    #: It waits for its ward: registered, or corrected after it was sent back.
    FACILITY_WAITING = "facility.waiting"
    ANNOUNCED = "announcement.made"
    CONTACT_ADDED = "contact.added"
    #: Somebody forgot a password; whether anybody is told is for who follows it.
    CODE_REQUESTED = "account.code_requested"
    #: Who owns a house or works there, or its software; of no facility, with the house inside.
    PEOPLE_CHANGED = "facility.people_changed"
    PASSWORD_CHANGED = "account.password_changed"  # noqa: S105 -- a topic, no password
    #: What is counted of a stay changed, though nobody changed the stay: an excuse, an answer about
    #: its guest.
    STAY_RECOUNT = "stay.recount"
    #: Rooms, closures, or whether and where the facility is open.
    CAPACITY_CHANGED = "facility.capacity_changed"
    #: "No guests tonight", or that taken back.
    QUIET_SAID = "facility.quiet_said"
    #: Its owner said yes to what a file held, or ended a list.
    WATCH_LIST_CONFIRMED = "watch_list.confirmed"
    WATCH_LIST_ENDED = "watch_list.ended"
    #: The ward suspended a house, or let it go on.
    FACILITY_SUSPENDED = "facility.suspended"
    FACILITY_RESUMED = "facility.resumed"
    #: The ward wrote to a house's people.
    FACILITY_MESSAGED = "facility.messaged"
    #: The ward sent a declaration back to be looked at again.
    STAY_RETURNED = "stay.returned"
    #: The province asks the officers of a ward to see to the night.
    WARD_REMINDED = "ward.reminded"
    #: An officer used up the look-ups of persons, or looks many up again and again.
    LOOK_UP_ALARM = "look_up.alarm"
    #: An officer opened another area for a quarter of an hour.
    GLASS_BROKEN = "look_up.glass"
    #: Unusually many people open all that is in their name.
    CITIZEN_ALARM = "citizen.alarm"
    #: Somebody says of a stay in their name that it was not them.
    STAY_DISPUTED = "stay.disputed"
