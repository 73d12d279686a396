"""Which of today's provinces a guest lives in, from what a card, a sheet or a person says.

Cards still print the provinces of before 2025-07-01. Each of those went whole into one of today's,
so a name, old or new, has one answer; anything else has none.
"""

import re
from functools import lru_cache
from typing import Final

from asm.identity.birth_places import BIRTH_PLACES
from asm.identity.names import folded_key

_CODES: Final = frozenset(birth_place.province_2025 for birth_place in BIRTH_PLACES.values())
_BY_NAME: Final = {
    folded_key(birth_place.name): birth_place.province_2025 for birth_place in BIRTH_PLACES.values()
} | {"hue": "46", "hcm": "79", "tphcm": "79", "sai gon": "79", "hn": "01"}
_KIND: Final = re.compile(r"^(?:thanh pho|tinh|tp|t)\s+")
_CODE: Final = re.compile(r"^([0-9]{2})(?:\s|$)")


@lru_cache(maxsize=1024)
def province_code(text: str | None) -> str | None:
    """The statistics code of a province told by code, name, `code - name` or old name; else None.

    >>> province_code("Tỉnh Bình Dương"), province_code("79 - TP Hồ Chí Minh"), province_code("?")
    ('79', '79', None)
    """
    key = folded_key(text or "")
    leading_code = _CODE.match(key)
    if leading_code is not None:
        return leading_code[1] if leading_code[1] in _CODES else None
    return _BY_NAME.get(key) or _BY_NAME.get(_KIND.sub("", key))


def province_of_address(address: str | None) -> str | None:
    """The province at the end of an address as cards print it (after the last comma)."""
    return province_code((address or "").rpartition(",")[2])
