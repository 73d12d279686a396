"""What a stay is to statistics: tourism or not, and where its guest lives. Pure and dated.

Definitions: UN Tourism, International Recommendations for Tourism Statistics 2008, 2.9 and 2.12–13;
Circular 08/2012/TT-BKHĐT, form 015.N.
"""

from datetime import date
from typing import Final

from asm.facilities.kinds import KINDS
from asm.identity.provinces import province_code, province_of_address
from asm.stays.entry import Guest
from asm.stays.rules.dated import Dated, on

#: How the totals write what nobody told.
UNKNOWN: Final = "?"
_VIETNAM: Final = "VNM"


class NoTourism(Dated, frozen=True, kw_only=True):
    """Stays that are no tourism: of facilities of these `kinds`, for these `reasons`, or of so many
    calendar `months` and more.
    """

    kinds: frozenset[str]
    reasons: frozenset[int]
    months: int


#: No tourist establishments are hospitals, worker housing, dormitories, homes and what nobody knows
#: (`FacilityKind.counts_in_tourism`). Reasons: 19, work that is paid from the place visited, while
#: business trips (2) and conferences (5) are tourism. And 18, treatment, also in a hotel: the
#: recommendations would count it; what is left out is shown beside. Newest last, as all dated rows.
NO_TOURISM: Final[tuple[NoTourism, ...]] = (
    NoTourism(
        kinds=frozenset(code for code, kind in KINDS.items() if not kind.counts_in_tourism),
        reasons=frozenset({18, 19}),
        months=12,
    ),
)


def is_tourism(kind: str, reason: int | None, first_night: date, end_night: date | None) -> bool:
    """Whether a stay is tourism, by what was so on the day it began. `end_night` None: not told."""
    excluded = on(first_night, NO_TOURISM)
    if kind in excluded.kinds or reason in excluded.reasons:
        return False
    return end_night is None or end_night < months_after(first_night, excluded.months)


def months_after(day: date, months: int) -> date:
    """So many calendar months later; the last day of a month that is too short for it."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    raise ValueError(f"no month has a day {day.day}")


def residence_of(guest: Guest) -> str:
    """`P01`: lives in that province; `CKOR`: in that country, never `CVNM`; `?`: was not told, or
    Vietnam (`VNM`) without which province. Never guessed from the nationality.
    """
    country = guest.residence_country
    if country is not None and country != _VIETNAM:
        return f"C{country}"
    province = province_code(guest.residence_province)
    if province is None and (country or guest.nationality) == _VIETNAM:
        province = province_of_address(guest.residence_address)
    return UNKNOWN if province is None else f"P{province}"
