"""What the rules say of a guest: citizen, foreigner, child, without papers."""

from datetime import date
from typing import Any

import msgspec
import pytest

from asm.stays.entry import Guest
from asm.stays.rules.published import check_entry
from tests.stays.cases import ENTRY, FOREIGNER, HOTEL, guest_rules, rules_of


def test_a_plain_citizen_and_a_plain_foreigner_raise_nothing() -> None:
    assert rules_of(ENTRY) == set()
    assert guest_rules(FOREIGNER) == set()


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"full_name": ""}, "guest.full_name.missing"),
        ({"full_name": " - "}, "guest.full_name.missing"),
        ({"full_name": "A" * 151}, "guest.full_name.length"),
        ({"full_name": "Nguyễn 2"}, "guest.full_name.digits"),
        ({"full_name": "Nguy?n"}, "guest.full_name.damaged"),
        ({"full_name": "A\x00B"}, "text.control_characters"),
        ({"note": "x" * 1001}, "text.length"),
        ({"residence_address": "a\x07"}, "text.control_characters"),
        ({"birth_date": None}, "guest.birth_date.missing"),
        ({"birth_date": date(2026, 11, 23)}, "guest.birth_date.future"),
        ({"birth_date": date(1890, 1, 1)}, "guest.birth_date.implausible"),
        ({"nationality": "ZZZ"}, "guest.nationality.unknown"),
        ({"phone": "abc"}, "guest.phone.characters"),
        ({"residence_kind": 4}, "guest.residence_kind.unknown"),
        ({"residence_country": "QQQ"}, "guest.residence_country.unknown"),
        ({"residence_province": None}, "guest.residence.missing"),
        ({"document_type": None, "document_number": None}, "document.missing"),
        ({"document_type": None}, "document.type.missing"),
        ({"document_type": 10}, "document.type.unknown"),
        ({"document_type": 9}, "document.name.missing"),
        ({"document_number": "001 090000017"}, "document.number.spaces"),
        ({"document_number": "00109000001O"}, "document.number.characters"),
        ({"document_number": "00109000001"}, "document.number.length"),
        ({"document_type": 2, "document_number": "0123456789"}, "document.number.length"),
        ({"document_type": 4, "document_number": "C1234567890"}, "document.number.length"),
        ({"document_type": 4, "document_number": "C123-4567"}, "document.number.characters"),
        ({"document_type": 3, "document_number": "1" * 21}, "document.number.length"),
        ({"document_type": 6, "document_number": "Đ123"}, "document.number.characters"),
        ({"document_type": 7, "document_number": "123"}, "personal_number.length"),
        ({"document_type": 2, "document_number": "012345678"}, "document.cmnd.ended"),
        ({"document_type": 2}, "document.cmnd.ended"),
        ({"old_number": "12"}, "document.old_number.length"),
        ({"old_number": "001090000017"}, "document.old_number.length"),
        ({"full_name": "MAU VAN", "name_source": "mrz"}, "guest.name.unconfirmed"),
        ({"no_papers": True}, "document.no_papers.contradiction"),
        ({"document_number": "003090000017"}, "personal_number.birth_place"),
        ({"sex": "female"}, "personal_number.sex"),
        ({"birth_date": date(1991, 8, 15)}, "personal_number.birth_year"),
    ],
)
def test_guest_rules(changes: dict[str, Any], rule: str) -> None:
    assert rule in guest_rules(**changes)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"sex": None}, "foreigner.sex.missing"),
        ({"birth_date": None}, "foreigner.birth_date.missing"),
        ({"document_type": 1, "document_number": "001090000017"}, "foreigner.passport.missing"),
        ({"permitted_stay_until": None}, "foreigner.permitted_stay.missing"),
        ({"permitted_stay_until": date(2026, 11, 21)}, "foreigner.permitted_stay.past"),
    ],
)
def test_foreigner_rules(changes: dict[str, Any], rule: str) -> None:
    assert rule in guest_rules(FOREIGNER, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"full_name": "H'Mẫu Ê Ban"},
        {"full_name": "KUMAR A/L RAJA"},
        {"full_name": "TAN AH KOW @ STEVEN"},
        {"sex": None},
        {"document_type": 8},
        {"document_type": 4, "document_number": "C1234567"},
        {"document_type": 5, "document_number": "12/2020-KS"},
        {"document_type": 9, "document_name": "Giấy xác nhận", "document_number": "A-1"},
        {"old_number": "012345678"},
        {"full_name": "MAU VAN", "name_source": "mrz", "name_confirmed": True},
        {"name_source": "card"},
        {"name_source": "typed"},
        {"name_confirmed": True},
        {"phone": "+84 912 345 678"},
    ],
)
def test_what_is_fine_raises_nothing(changes: dict[str, Any]) -> None:
    assert guest_rules(**changes) == set()


def test_no_papers_is_taken_and_flagged() -> None:
    problems = check_entry(
        msgspec.structs.replace(
            ENTRY,
            guest=Guest(
                full_name="Mẫu", birth_date=date(1990, 1, 1), no_papers=True, residence_province="1"
            ),
        ),
        HOTEL,
    )
    assert [(item.rule, item.severity) for item in problems] == [("document.no_papers", "warn")]


def test_a_child_without_a_number_is_a_note() -> None:
    child = {"document_type": None, "document_number": None, "birth_date": date(2012, 11, 23)}
    assert guest_rules(**child) == {"document.missing.child"}
    grown = child | {"birth_date": date(2012, 11, 22)}
    assert guest_rules(**grown) == {"document.missing"}
