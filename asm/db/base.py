"""The table catalogue, time-ordered ids and the zone that Vietnamese law counts in."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import MetaData
from uuid_utils.compat import uuid7

metadata = MetaData()

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
#: Stands in facility_id where an entry is about no single facility (sign-in, ward look-up):
#: the column is the distribution key and never empty.
NO_FACILITY = UUID(int=0)


def new_id() -> UUID:
    """A UUIDv7: time-ordered, so that new rows land together in the index."""
    return uuid7()


def vietnam_time(moment: datetime) -> datetime:
    """The same instant on the wall clock of Vietnam."""
    return moment if moment.tzinfo is VIETNAM else moment.astimezone(VIETNAM)
