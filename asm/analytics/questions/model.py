"""Totals rolled up, which triggers keep (migration 0038): by province and for the country, by
month, and without what most questions do not ask for.
"""

from typing import Any, Final

from sqlalchemy import Boolean, Column, Date, Integer, SmallInteger, Table, Text

from asm.analytics.totals.model import COUNTS, HOUSES
from asm.db.base import metadata

#: What is counted by residence and reason too.
BY_GUEST: Final = ("arrivals", "guest_nights")
_TYPES: Final[dict[str, Any]] = {
    "night": Date,
    #: Its first day.
    "month": Date,
    "tourism": Boolean,
    "reason": SmallInteger,
}


def _rolled(name: str, keys: str, measures: tuple[str, ...]) -> Table:
    """A table by `keys`, in the order in which it is read."""
    return Table(
        name,
        metadata,
        *(Column(key, _TYPES.get(key, Text), primary_key=True) for key in keys.split()),
        *(Column(measure, Integer) for measure in measures),
    )


province_total = _rolled("province_total", "province_code night kind tourism", COUNTS)
country_total = _rolled("country_total", "night kind tourism", COUNTS)
province_night = _rolled("province_night", "province_code night kind", HOUSES)
country_night = _rolled("country_night", "night kind", HOUSES)
#: `flow`: for every kind of facility and reason together.
ward_flow = _rolled("ward_flow", "ward_code month residence tourism", BY_GUEST)
province_flow = _rolled("province_flow", "province_code month residence tourism", BY_GUEST)
country_flow = _rolled("country_flow", "month residence tourism", BY_GUEST)
province_flow_night = _rolled(
    "province_flow_night", "province_code night residence tourism", BY_GUEST
)
country_flow_night = _rolled("country_flow_night", "night residence tourism", BY_GUEST)
#: `reason`: for every residence together.
ward_reason = _rolled("ward_reason", "ward_code month kind reason tourism", BY_GUEST)
province_reason = _rolled("province_reason", "province_code month kind reason tourism", BY_GUEST)
province_reason_night = _rolled(
    "province_reason_night", "province_code night kind reason tourism", BY_GUEST
)
country_reason_night = _rolled("country_reason_night", "night kind reason tourism", BY_GUEST)
#: `origin`: by all that is counted (of provinces by month: `origin_month`).
ward_origin = _rolled("ward_origin", "ward_code month residence kind reason tourism", BY_GUEST)
country_origin = _rolled("country_origin", "month residence kind reason tourism", BY_GUEST)
province_origin_night = _rolled(
    "province_origin_night", "province_code residence night kind reason tourism", BY_GUEST
)
country_origin_night = _rolled(
    "country_origin_night", "residence night kind reason tourism", BY_GUEST
)
#: Arrivals or guest nights of a night (whichever is more) that were changed after its week of
#: corrections.
night_correction = Table(
    "night_correction",
    metadata,
    Column("ward_code", Text, primary_key=True),
    Column("night", Date, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("corrected", Integer),
)
