"""What people type to sign in with: a phone number or a name. Pure.

A phone number may be shared, by a family or by a whole house: it names nobody and opens nothing
without the password. So these names are not unique.
"""

import re
from typing import Any, Final

from asm.accounts.typed_login import as_login
from asm.errors import field_error
from asm.identity.pasted_text import clean_number

LEAST: Final = 3
MOST: Final = 64
#: As it is written on cards and signs: +84 912 345 678, 0912.345.678, (024) 3825-1234.
_PHONE: Final = re.compile(r"\+?\d{8,15}")
#: After the zero, mobile numbers have nine digits and fixed lines ten: circular 22/2014/TT-BTTTT.
_NATIONAL: Final = re.compile(r"\+84(?:[35789]\d{8}|2\d{9})")
_BETWEEN: Final = re.compile(r"[\s.\-()]")
_NAME: Final = re.compile(r"[^\s<>\"'`\\/]+")


def phone_number(typed: str) -> str | None:
    """The number in international form, `+84912345678`; None for what is none. Without a country
    it is a Vietnamese number.
    """
    bare = _BETWEEN.sub("", clean_number(typed).strip())
    if not _PHONE.fullmatch(bare):
        return None
    if bare.startswith("+"):
        return bare
    return "+" + bare[2:] if bare.startswith("00") else "+84" + bare.removeprefix("0")


def as_dialled(number: str) -> str:
    """A number as people at home write it: `0912345678`; one of another country as it is."""
    return "0" + number.removeprefix("+84") if number.startswith("+84") else number


def same_name(typed: str) -> str:
    """The same for the same name however it was typed."""
    login = as_login(typed)
    return phone_number(login) or login


def sign_in_name_error(typed: str) -> dict[str, Any] | None:
    """What is wrong with a name that somebody chooses to sign in with; None for nothing."""
    if not is_sign_in_name(typed):
        return field_error("/sign_in_name", "sign_in_name_invalid")
    digits = _BETWEEN.sub("", clean_number(typed).strip())
    if digits.removeprefix("+").isdecimal() and not _is_dialled(digits):
        return field_error("/sign_in_name", "sign_in_name_number")
    return None


def _is_dialled(digits: str) -> bool:
    """Whether such a number is dialled in Vietnam, or is one of another country: a cut number and
    that of an identity card are none.
    """
    number = phone_number(digits)
    if number is None or not number.startswith("+84"):
        return number is not None
    return bool(_NATIONAL.fullmatch(number))


def is_sign_in_name(typed: str) -> bool:
    """Whether it can be signed in with: a phone number, or 3 to 64 signs without spaces."""
    name = same_name(typed)
    # What begins so is the login of a facility's software.
    reserved = name.startswith("sw-")
    printable = name.isprintable() and bool(_NAME.fullmatch(name))
    return LEAST <= len(name) <= MOST and printable and not reserved
