"""Papers and their numbers, checked against the rules of their type."""

import re
from collections.abc import Iterator, Mapping, Set
from datetime import date
from typing import Final

from asm.identity.names import folded_key
from asm.identity.nationalities import VIETNAM_CODE, WITHOUT_NATIONALITY
from asm.identity.personal_number import (
    NotAPersonalNumber,
    find_contradictions,
    parse_personal_number,
)
from asm.locales.texts import both
from asm.stays.entry import Guest, Problem
from asm.stays.rules.ages import CHILD_BELOW, age_on
from asm.stays.rules.catalogues import (
    DOCUMENT_TYPES,
    OTHER_DOCUMENT,
    PASSPORT,
    PERSONAL_NUMBER_TYPES,
    DocumentType,
)
from asm.stays.rules.rule import Rule

_CMND: Final = 2
_NUMBER_NOTIFICATION: Final = 7
# What the certificate of identity is called (Law 26/2023 Art. 30), as a folded key.
_IDENTITY_CERTIFICATE: Final = "chung nhan can cuoc"
_TWELVE: Final = re.compile(r"[0-9]{12}")
_SPACE: Final = re.compile(r"\s")
_DIGITS: Final = re.compile(r"[0-9]*")
_PLAIN: Final = re.compile(r"[A-Za-z0-9]*")
_OLD_NUMBER: Final = re.compile(r"[0-9]{9}")


def check_document(guest: Guest, rules: Mapping[str, Rule], *, arrival: date) -> Iterator[Problem]:
    """What the rules say about the guest's papers, or their absence, on the day of arrival."""
    number = (guest.document_number or "").strip()
    if guest.old_number and not _OLD_NUMBER.fullmatch(guest.old_number):
        yield rules["document.old_number.length"].problem()
    if guest.no_papers:
        yield rules["document.no_papers"].problem()
        if number or guest.document_type is not None:
            yield rules["document.no_papers.contradiction"].problem()
        return
    if not number:
        yield from _no_number(guest, rules, arrival=arrival)
    if guest.document_type is not None or number:
        yield from _check_type(guest, rules)


def _no_number(guest: Guest, rules: Mapping[str, Rule], *, arrival: date) -> Iterator[Problem]:
    is_child = guest.birth_date is not None and age_on(arrival, guest.birth_date) < CHILD_BELOW
    citizen = guest.nationality == VIETNAM_CODE
    rule_id = "document.missing.child" if is_child and citizen else "document.missing"
    yield rules[rule_id].problem()


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
    if paper.code == _CMND:
        yield rules["document.cmnd.ended"].problem()
    if paper.code not in _papers_for(guest.nationality):
        yield rules["foreigner.passport.missing"].problem()
    if guest.document_number:
        yield from _check_number(guest, guest.document_number, paper, rules)


def _papers_for(nationality: str) -> Set[int]:
    if nationality == VIETNAM_CODE:
        return DOCUMENT_TYPES.keys()
    if nationality in WITHOUT_NATIONALITY:
        return {PASSPORT, _NUMBER_NOTIFICATION, OTHER_DOCUMENT}
    return {PASSPORT, OTHER_DOCUMENT}


def _is_certificate(guest: Guest) -> bool:
    """Whether someone without a nationality shows a certificate of identity."""
    if guest.nationality not in WITHOUT_NATIONALITY:
        return False
    named = _IDENTITY_CERTIFICATE in folded_key(guest.document_name or "")
    return guest.document_type == _NUMBER_NOTIFICATION or (
        guest.document_type == OTHER_DOCUMENT and named
    )


def _check_number(
    guest: Guest, number: str, paper: DocumentType, rules: Mapping[str, Rule]
) -> Iterator[Problem]:
    if _SPACE.search(number):
        yield rules["document.number.spaces"].problem()
        return
    if problem := _number_problem(number, paper, rules):
        yield problem
        return
    if _is_certificate(guest) and not _TWELVE.fullmatch(number):
        yield rules["personal_number.length"].problem()
    if paper.code not in PERSONAL_NUMBER_TYPES or guest.nationality != VIETNAM_CODE:
        return
    try:
        personal = parse_personal_number(number)
    except NotAPersonalNumber:
        # Nine digits of an old card are no personal number; any other length is odd on a notice.
        if not paper.digits_only:
            yield rules["personal_number.length"].problem()
        return
    for contradiction in find_contradictions(personal, birth_date=guest.birth_date, sex=guest.sex):
        yield rules[f"personal_number.{contradiction}"].problem()


def _number_problem(number: str, paper: DocumentType, rules: Mapping[str, Rule]) -> Problem | None:
    if paper.digits_only and not _DIGITS.fullmatch(number):
        allowed = both("rules", "document.number.characters:digits")
        return _about(paper, rules["document.number.characters"], "allowed", allowed)
    if paper.plain and not _PLAIN.fullmatch(number):
        allowed = both("rules", "document.number.characters:plain")
        return _about(paper, rules["document.number.characters"], "allowed", allowed)
    if (paper.lengths and len(number) not in paper.lengths) or len(number) > paper.max_length:
        return _about(paper, rules["document.number.length"], "lengths", _lengths(paper))
    return None


def _about(paper: DocumentType, rule: Rule, fact: str, said: tuple[str, str]) -> Problem:
    facts = {"paper": paper.label, fact: said[0]}
    return rule.problem(**facts, **{"paper_en": paper.label_en, f"{fact}_en": said[1]})


def _lengths(paper: DocumentType) -> tuple[str, str]:
    if not paper.lengths:
        return both("rules", "document.number.length:at_most", {"most": paper.max_length})
    lengths = [str(length) for length in sorted(paper.lengths)]
    vi, en = both("rules", "document.number.length:or")
    return f" {vi} ".join(lengths), f" {en} ".join(lengths)
