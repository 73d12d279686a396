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
