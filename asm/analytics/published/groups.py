"""The fixed groups of the published tables: they do not overlap, and change only with a new edition
of the definitions.
"""

from typing import Final

from asm.facilities.kinds import KINDS

#: Facility kinds of the tourism series, as they are published: few enough to hold ten guests.
KIND_GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "hotel": ("hotel",),
    "guest_house": ("guest_house",),
    "homestay": ("homestay",),
    "villa_apartment": ("tourist_villa", "tourist_apartment"),
    "other_tourist": tuple(
        kind.code
        for kind in KINDS.values()
        if kind.counts_in_tourism
        and kind.code
        not in {"hotel", "guest_house", "homestay", "tourist_villa", "tourist_apartment"}
    ),
}
GROUP_OF_KIND: Final = {kind: group for group, kinds in KIND_GROUPS.items() for kind in kinds}
#: What the tourism series leaves out, as one group beside it.
EXCLUDED: Final = "excluded"
TOURISM: Final = "tourism"
ALL: Final = "all"
SECTORS: Final = (*KIND_GROUPS, TOURISM, EXCLUDED, ALL)

VIETNAM: Final = "vietnam"
ABROAD: Final = "abroad"
UNKNOWN: Final = "unknown"
ORIGIN_CLASSES: Final = (VIETNAM, ABROAD, UNKNOWN)
OTHER_COUNTRIES: Final = "other_countries"
#: Countries of residence with a row of their own, by ISO 3166-1 alpha-3.
COUNTRIES: Final = (
    "AUS", "CHN", "DEU", "FRA", "GBR", "IND", "JPN", "KHM",
    "KOR", "LAO", "MYS", "RUS", "SGP", "THA", "TWN", "USA",
)  # fmt: skip
#: The whole country among the areas; the others are codes of provinces.
COUNTRY: Final = "VN"


def sector_of(kind: str, *, tourism: bool) -> str:
    """The group that stays of `kind` are published in."""
    return GROUP_OF_KIND.get(kind, "other_tourist") if tourism else EXCLUDED


def origin_class(residence: str) -> str:
    """`P01` lives in Vietnam, `CKOR` abroad, `?` was not told."""
    if residence.startswith("P"):
        return VIETNAM
    return ABROAD if residence.startswith("C") else UNKNOWN


def origin_of(residence: str, provinces: frozenset[str]) -> str:
    """The row of a residence: a province's code, a country's, OTHER_COUNTRIES or UNKNOWN."""
    code = residence[1:]
    match origin_class(residence):
        case "vietnam":
            return code if code in provinces else UNKNOWN
        case "abroad":
            return code if code in COUNTRIES else OTHER_COUNTRIES
    return UNKNOWN
