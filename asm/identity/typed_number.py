"""Whom an officer, or a citizen, means: by an exact number, and by nothing else."""

import re
from typing import Any, Final

import msgspec

from asm.errors import field_error
from asm.identity.nationalities import find_nationality
from asm.identity.pasted_text import clean_number

_PERSONAL: Final = re.compile(r"[0-9]{12}")
_PASSPORT: Final = re.compile(r"[A-Z0-9]{5,20}")
_CITIZEN_CARD: Final = 1
_PASSPORT_TYPE: Final = 4
KINDS: Final = ("personal", "passport")


class DocumentNumber(msgspec.Struct, frozen=True, kw_only=True):
    """A number as the vault hashes it. `document_type` as in the official form; `nationality`
    alpha-3. It shows nothing of itself in logs.
    """

    document_type: int
    number: str
    nationality: str

    def __repr__(self) -> str:
        return "DocumentNumber(…)"


def read_number(
    kind: str, number: str, nationality: str
) -> tuple[DocumentNumber | None, list[dict[str, Any]]]:
    """The number that was typed, or what is wrong with it, by the fields `/number`, `/nationality`
    and `/kind`. Twelve digits with the spaces and dots that people write between them; a passport
    needs its nationality, as two states give the same number.
    """
    bare = clean_number(number).upper()
    if kind == "passport":
        return _passport(bare, nationality)
    if kind != "personal":
        return None, [field_error("/kind", "look_up_kind")]
    digits = re.sub(r"[\s.\-]", "", bare)
    if not _PERSONAL.fullmatch(digits):
        return None, [field_error("/number", "look_up_number")]
    return _document(_CITIZEN_CARD, digits, "VNM"), []


def _passport(bare: str, nationality: str) -> tuple[DocumentNumber | None, list[dict[str, Any]]]:
    errors = []
    code = find_nationality(nationality) if nationality.strip() else None
    if not _PASSPORT.fullmatch(bare):
        errors.append(field_error("/number", "look_up_passport"))
    if code is None:
        errors.append(field_error("/nationality", "look_up_nationality"))
    if errors or code is None:
        return None, errors
    return _document(_PASSPORT_TYPE, bare, code), []


def _document(document_type: int, number: str, nationality: str) -> DocumentNumber:
    return DocumentNumber(document_type=document_type, number=number, nationality=nationality)
