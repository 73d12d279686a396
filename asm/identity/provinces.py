"""Which of today's provinces a guest lives in, from what a card, a sheet or a person says.

Cards and hotel software still tell the provinces of before 2025-07-01. Each of those went whole
into one of today's, so a name, old or new, has one answer. A code of today is also the old code of
one of the provinces that went into it, so a code has one answer too; but several provinces kept
their name and got another code (Bắc Ninh was 27 and is 24), so where both are told they must agree.
"""

import re
from functools import lru_cache
from typing import Final

from asm.identity.birth_places import BIRTH_PLACES
from asm.identity.names import folded_key

#: Statistics codes of before and after the reform, with the code of today.
_BY_CODE: Final = {
    prefix[1:]: birth_place.province_2025 for prefix, birth_place in BIRTH_PLACES.items()
}


def _key(text: str) -> str:
    return folded_key(text).replace(" ", "")


# Hà Tây went into Hà Nội on 2008-08-01 (Resolution 15/2008/QH12).
# As hotel software and people write them beside the official names: English and short forms, and
# capitals of provinces, each of which lies in one province of today.
_OTHER_NAMES: Final = {
    "01": ("HN", "Hà Tây", "Thủ đô Hà Nội"),
    "11": ("Điện Biên Phủ",),
    "19": ("Bắc Cạn", "Bac Can"),
    "22": ("Hạ Long",),
    "40": ("Vinh",),
    "46": ("Huế", "TT Huế"),
    "52": ("Quy Nhơn", "Pleiku"),
    "56": ("Nha Trang",),
    "66": ("Buôn Ma Thuột", "Ban Mê Thuột", "Đắc Lắc", "Dac Lak"),
    "68": ("Đà Lạt", "Phan Thiết", "Đắc Nông", "Dac Nong"),
    "75": ("Biên Hòa",),
    "79": ("HCM", "HCMC", "TPHCM", "TP HCMC", "Sài Gòn", "SG", "Thủ Đức", "Vũng Tàu", "BRVT"),
    "91": ("Phú Quốc", "Rạch Giá"),
}  # fmt: skip
_BY_NAME: Final = {
    _key(birth_place.name): birth_place.province_2025 for birth_place in BIRTH_PLACES.values()
} | {_key(name): code for code, names in _OTHER_NAMES.items() for name in names}
_KIND: Final = re.compile(
    r"^(?:thanh pho|tinh|tp|t p|t|city of|province of)\s+|\s+(?:city|province)$"
)
#: `Hà Nội, TP`, `Hà Nội, TP, Việt Nam`; tried last, since Hà Tĩnh ends so as well.
_KIND_BEHIND: Final = re.compile(r"\s+(?:thanh pho|tinh|tp|t p)$")
_KINDS_ALONE: Final = frozenset({"", "thanh pho", "tinh", "tp", "t p"})
_FORMER: Final = re.compile(r"\(([^()]{2,40}?)\s*(?:cũ|cu|trước đây|former)?\)\s*$", re.IGNORECASE)
_COUNTRY: Final = re.compile(r"(?:^|\s)(?:viet ?nam|vn|vnm|socialist republic of viet ?nam)$")
_POSTCODE: Final = re.compile(r"\s[0-9]{5,6}$")
_CODE_AND_NAME: Final = re.compile(r"([0-9]{1,3})(?:\s(.*))?")


@lru_cache(maxsize=1024)
def province_code(text: str | None) -> str | None:
    """The statistics code of today's province told by code, name or `code - name`, of today or of
    before 2025-07-01, in Vietnamese or as English writes it; None where it is no province, or where
    code and name are of two.

    >>> province_code("Tỉnh Bình Dương"), province_code("27 - Bắc Ninh"), province_code("Hanoi")
    ('79', '24', '01')
    """
    if former := _FORMER.search(text or ""):
        # `TP Hồ Chí Minh (Bình Dương cũ)`: what is in brackets says where; both must agree.
        inside, outside = province_code(former[1]), province_code((text or "")[: former.start()])
        return inside if outside in {inside, None} else None
    key = _POSTCODE.sub("", _without_country(folded_key(text or "")))
    numbered = _CODE_AND_NAME.fullmatch(key)
    if numbered is None:
        return _by_name(key)
    code, name = _by_code(numbered[1]), numbered[2]
    if not name:
        return code
    named = _by_name(name)
    # Codes of three digits are of other lists (birth registration, the ministry's): the name says.
    return named if code in {named, None} and (code or len(numbered[1]) == 3) else None


def province_of_address(address: str | None) -> str | None:
    """The province at the end of an address (after the last comma), which may have the country and
    a postcode behind it.
    """
    *_, last = _parts(address or "") or [""]
    return province_code(last)


def _parts(address: str) -> list[str]:
    parts = [part.strip() for part in address.split(",") if part.strip()]
    while len(parts) > 1 and _without_country(folded_key(parts[-1])) in _KINDS_ALONE:
        parts.pop()
    return parts


def _without_country(key: str) -> str:
    return _COUNTRY.sub("", key).strip()


def _by_code(digits: str) -> str | None:
    # A cell that holds a number has lost its zero: 1 is 01.
    return _BY_CODE.get(digits.zfill(2)) if len(digits) < 3 else None


def _by_name(key: str) -> str | None:
    for tried in (key, _KIND.sub("", key), _KIND_BEHIND.sub("", key)):
        if code := _BY_NAME.get(tried.replace(" ", "")):
            return code
    return None
