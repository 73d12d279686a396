"""The totals, their state and the ledger of what is in them, as tables.

Counts are exact and say nothing of anybody. Facilities stand in the ledger alone, which only the
worker reads.
"""

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import DATEMULTIRANGE

from asm.db.base import metadata

#: The measures of `night_total`. Each but `departures` and `guest_nights`, `foreign_nights` belongs
#: to the night on which a stay begins.
COUNTS: Final = (
    "arrivals",
    "foreign_arrivals",
    "departures",
    "guest_nights",
    "foreign_nights",
    "same_day",
    "hourly",
    "declared",
    "late",
    "late_excused",
    "stays",
    "verified",
    "askable",
    "length_1",
    "length_2",
    "length_3",
    "length_4_6",
    "length_7_13",
    "length_14_29",
    "length_30_",
    "length_open",
    "revisits",
)
#: What coverage is made of.
FACILITIES: Final = (
    "facilities_active",
    "facilities_closed",
    "facilities_stayed",
    "facilities_said",
    "facilities_quiet",
)
#: The measures of `ward_night`: facilities, rooms and beds.
HOUSES: Final = (
    *FACILITIES,
    "rooms_open",
    "beds_open",
    "rooms_all",
    "beds_all",
    "rooms_occupied",
    "known_nights",
)

totals_state = Table(
    "totals_state",
    metadata,
    Column("singleton", Boolean, primary_key=True),
    #: Capacity is kept from this night on.
    Column("first_night", Date),
    #: Nights up to and with this one, the night in progress, are in the totals.
    Column("last_night", Date),
    Column("refreshed_at", DateTime(timezone=True)),
    #: When totals were last compared with stays, for which nights, and in how many cells they
    #: differed.
    Column("checked_at", DateTime(timezone=True)),
    Column("checked_from", Date),
    Column("checked_to", Date),
    Column("differences", Integer),
    #: Stays of before there were totals are still to be counted; of so many days of arrival, once
    #: these were looked up.
    Column("filling", Boolean),
    Column("days_left", Integer),
)
#: What of each stay is in the totals. `nights` are those that count, later ones than
#: `totals_state.last_night` too: these are added when they begin. `until` is the first night that
#: cannot count any more, end told or not.
counted_stay = Table(
    "counted_stay",
    metadata,
    Column("facility_id", Uuid, primary_key=True),
    Column("stay_id", Uuid, primary_key=True),
    Column("person_ref", Uuid),
    Column("ward_code", Text),
    Column("former_ward_code", Text),
    Column("ward_since", Date),
    Column("kind", Text),
    Column("residence", Text),
    Column("reason", SmallInteger),
    Column("tourism", Boolean),
    Column("foreigner", Boolean),
    Column("first_night", Date),
    Column("end_night", Date),
    Column("until", Date),
    Column("nights", DATEMULTIRANGE),
    Column("overnight", Boolean),
    Column("hourly", Boolean),
    Column("late", Boolean),
    Column("excused", Boolean),
    Column("verified", Boolean),
    Column("askable", Boolean),
    Column("revisit", Boolean),
    Column("room_name", Text),
)
#: By the ward of that night, the facility's kind, and whether the stay is tourism.
night_total = Table(
    "night_total",
    metadata,
    Column("ward_code", Text, primary_key=True),
    Column("night", Date, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("tourism", Boolean, primary_key=True),
    *(Column(name, Integer) for name in COUNTS),
)
ward_night = Table(
    "ward_night",
    metadata,
    Column("ward_code", Text, primary_key=True),
    Column("night", Date, primary_key=True),
    Column("kind", Text, primary_key=True),
    *(Column(name, Integer) for name in HOUSES),
)
#: `residence`: `P01` a province, `CKOR` a country, `?` not told. `reason`: 0 is not told.
origin_night = Table(
    "origin_night",
    metadata,
    Column("ward_code", Text, primary_key=True),
    Column("night", Date, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("residence", Text, primary_key=True),
    Column("reason", SmallInteger, primary_key=True),
    Column("tourism", Boolean, primary_key=True),
    Column("arrivals", Integer),
    Column("guest_nights", Integer),
)
#: `month` is its first day; the wards of a province as they are assigned to it now.
origin_month = Table(
    "origin_month",
    metadata,
    Column("province_code", Text, primary_key=True),
    Column("month", Date, primary_key=True),
    Column("residence", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("reason", SmallInteger, primary_key=True),
    Column("tourism", Boolean, primary_key=True),
    Column("arrivals", Integer),
    Column("guest_nights", Integer),
)
