"""Of what part of all stays a figure is."""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from asm.errors import invalid_field
from asm.facilities.kinds import KINDS
from asm.stays.rules.catalogues import HIGHEST_REASON

#: Where nobody said where the guest lives; never guessed from nationality.
UNKNOWN_RESIDENCE: Final = "?"
MOST_VALUES: Final = 100
_RESIDENCE: Final = re.compile(r"P[0-9]{2}|C[A-Z]{3}|\?")


class Narrowing(msgspec.Struct, frozen=True, kw_only=True):
    """Empty means all. `kinds` of facilities; `residences`: `P01` (a province), `CKOR` (a country,
    alpha-3) or `?` (unknown); `reasons`: codes, 0 where none was given; `tourism`: only the stays
    that are tourism (True), only the others (False), or both (None).
    """

    kinds: tuple[str, ...] = ()
    residences: tuple[str, ...] = ()
    reasons: tuple[int, ...] = ()
    tourism: bool | None = None

    @property
    def by_guest(self) -> bool:
        """Narrowed by what is known of arrivals and guest nights alone, so that other measures are
        not shown.
        """
        return bool(self.residences or self.reasons)


EVERYTHING: Final = Narrowing()


def read_narrowing(
    kinds: Sequence[str] = (),
    residences: Sequence[str] = (),
    reasons: Sequence[str] = (),
    tourism: str = "",
) -> Narrowing:
    """What a filter's fields say; `tourism` is `yes`, `no` or empty. Raises Invalid, each naming
    its field: `kind_unknown`, `residence_malformed`, `reason_malformed`, `tourism_malformed`,
    `filter_too_long`.
    """
    for pointer, values in (("/kind", kinds), ("/residence", residences), ("/reason", reasons)):
        if len(values) > MOST_VALUES:
            raise invalid_field(pointer, "filter_too_long", most=MOST_VALUES)
    if not set(kinds) <= KINDS.keys():
        raise invalid_field(
            "/kind", "kind_unknown", text="filter_kind_unknown", known=", ".join(KINDS)
        )
    if not all(_RESIDENCE.fullmatch(each) for each in residences):
        raise invalid_field("/residence", "residence_malformed")
    numbers = [int(each) for each in reasons if each.isascii() and each.isdigit() and len(each) < 3]
    if len(numbers) != len(reasons) or any(each > HIGHEST_REASON for each in numbers):
        raise invalid_field("/reason", "reason_malformed", highest=HIGHEST_REASON)
    if tourism not in ("", "yes", "no"):
        raise invalid_field("/tourism", "tourism_malformed")
    return Narrowing(
        kinds=tuple(sorted(set(kinds))),
        residences=tuple(sorted(set(residences))),
        reasons=tuple(sorted(set(numbers))),
        tourism={"yes": True, "no": False}.get(tourism),
    )
