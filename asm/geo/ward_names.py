"""What today's ward codes are called, for texts that tell a code, a name or both."""

import re
from functools import cache
from typing import Final

from asm.geo.areas.old_units.unit_names import tone_key
from asm.geo.areas.published_areas import published_areas

_CODE: Final = re.compile(r"\s*([0-9]{4,5})(?:\s*[-–—:.]?\s*(\S.*))?\s*")
_KIND: Final = re.compile(r"^(?:phường|xã|đặc khu|thị trấn|p|x|tt)\.?\s+", re.IGNORECASE)

_BEFORE_NAMES: Final = re.compile(r"^(?:Thành phố|Tỉnh|Phường|Xã|Đặc khu) ")


def without_kind(name: str) -> str:
    """A province or ward without what it is, for where what stands around it says so."""
    return _BEFORE_NAMES.sub("", name)


def ward_code_doubted(text: str) -> bool:
    """Whether a ward is told by a code that may mean another place: 1,815 codes were given to other
    communes on 2025-07-01, so a code alone does not say which, and one beside a name must be its
    code of today. Names are compared with their marks (Hoà and Hòa agree): some communes differ by
    nothing else. A text that begins with no code is not doubted.
    """
    coded = _CODE.fullmatch(text)
    if coded is None:
        return False
    name = _names().get(coded[1].zfill(5))
    return coded[2] is None or name is None or _bare(name) != _bare(coded[2])


@cache
def _names() -> dict[str, str]:
    return {ward.code: ward.name for ward in published_areas()[1]}


def _bare(name: str) -> str:
    return tone_key(_KIND.sub("", name.split(",", maxsplit=1)[0].strip()))
