"""Papers and their numbers, checked against the rules of their type."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from asm.identity.nationalities import VIETNAM_CODE
from asm.identity.personal_number import NotAPersonalNumber, doubts, parse_personal_number
from asm.stays.catalogues import (
    DOCUMENT_TYPES,
    OTHER_DOCUMENT,
    PASSPORT,
    PERSONAL_NUMBER_TYPES,
    DocumentType,
)
from asm.stays.declaration import Guest, Problem
from asm.stays.rulebook import Rule

_ADULT_AGE: Final = 14  # the first identity card; younger guests often have no number yet
_SPACE: Final = re.compile(r"\s")
_DIGITS: Final = re.compile(r"[0-9]*")
_PLAIN: Final = re.compile(r"[A-Za-z0-9]*")
_OLD_NUMBER: Final = re.compile(r"(?:[0-9]{9}|[0-9]{12})")


def check_document(guest: Guest, rules: Mapping[str, Rule], *, today: date) -> Iterator[Problem]:
    """What the rules say about the guest's papers, or about their absence."""
    number = (guest.document_number or "").strip()
    if guest.old_number and not _OLD_NUMBER.fullmatch(guest.old_number):
        yield rules["document.old_number.length"].problem()
    if guest.no_papers:
        yield rules["document.no_papers"].problem()
        if number or guest.document_type is not None:
            yield rules["document.no_papers.contradiction"].problem()
        return
    if not number:
        yield from _no_number(guest, rules, today=today)
    if guest.document_type is not None or number:
        yield from _check_type(guest, rules)


def _no_number(guest: Guest, rules: Mapping[str, Rule], *, today: date) -> Iterator[Problem]:
    is_child = guest.birth_date is not None and _age(guest.birth_date, today) < _ADULT_AGE
    citizen = guest.nationality == VIETNAM_CODE
    rule_id = "document.missing.child" if is_child and citizen else "document.missing"
    yield rules[rule_id].problem()


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _check_type(guest: Guest, rules: Mapping[str, Rule]) -> Iterator[Problem]:
    if guest.document_type is None:
        yield rules["document.type.missing"].problem()
        return
    paper = DOCUMENT_TYPES.get(guest.document_type)
    if paper is None:
        yield rules["document.type.unknown"].problem()
        return
    named = bool((guest.document_name or "").strip())
    if paper.code == OTHER_DOCUMENT and not named:
        yield rules["document.name.missing"].problem()
    if guest.nationality != VIETNAM_CODE and paper.code not in {PASSPORT, OTHER_DOCUMENT}:
        yield rules["foreigner.passport.missing"].problem()
    if guest.document_number:
        yield from _check_number(guest, guest.document_number, paper, rules)


def _check_number(
    guest: Guest, number: str, paper: DocumentType, rules: Mapping[str, Rule]
) -> Iterator[Problem]:
    if _SPACE.search(number):
        yield rules["document.number.spaces"].problem()
        return
    if fault := _number_fault(number, paper, rules):
        yield fault
        return
    if paper.code not in PERSONAL_NUMBER_TYPES or guest.nationality != VIETNAM_CODE:
        return
    try:
        personal = parse_personal_number(number)
    except NotAPersonalNumber:
        # Nine digits of an old card are no personal number; any other length is odd on a notice.
        if not paper.digits_only:
            yield rules["personal_number.length"].problem()
        return
    for doubt in doubts(personal, birth_date=guest.birth_date, sex=guest.sex):
        yield rules[f"personal_number.{doubt}"].problem()


def _number_fault(number: str, paper: DocumentType, rules: Mapping[str, Rule]) -> Problem | None:
    if paper.digits_only and not _DIGITS.fullmatch(number):
        return rules["document.number.characters"].problem(
            paper=paper.label, paper_en=paper.label_en, allowed="chữ số", allowed_en="digits"
        )
    if paper.plain and not _PLAIN.fullmatch(number):
        return rules["document.number.characters"].problem(
            paper=paper.label,
            paper_en=paper.label_en,
            allowed="chữ cái không dấu và chữ số",
            allowed_en="Latin letters and digits",
        )
    if (paper.lengths and len(number) not in paper.lengths) or len(number) > paper.max_length:
        lengths = [str(n) for n in sorted(paper.lengths)]
        return rules["document.number.length"].problem(
            paper=paper.label,
            paper_en=paper.label_en,
            lengths=" hoặc ".join(lengths) or f"nhiều nhất {paper.max_length}",
            lengths_en=" or ".join(lengths) or f"at most {paper.max_length}",
        )
    return None
