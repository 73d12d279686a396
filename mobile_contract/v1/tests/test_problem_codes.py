"""docs/problems.md names every code: none is said in a way that cannot be read from the source."""

import ast
from pathlib import Path

import pytest

from mobile_contract.generate import application
from mobile_contract.problems_page import (
    EVERY,
    EVERY_JSON,
    codes_by_operation,
    common_codes,
    unread_codes,
)
from mobile_contract.refusal_codes import FIELD, Sayings, read_source


def said_in(tmp_path: Path, lines: str) -> Sayings:
    """What a module of these lines says."""
    package = tmp_path / "asm"
    package.mkdir()
    (package / "sample.py").write_text("from asm.errors import Conflict, Invalid\n" + lines)
    return Sayings(read_source(package))


def test_no_code_is_said_in_a_way_that_is_not_read() -> None:
    assert unread_codes() == set()


@pytest.mark.parametrize(
    "lines",
    [
        "def f(x):\n    raise Invalid(x.code)\n",
        "def f(x):\n    raise Conflict(make(x))\n",
        "def f(x):\n    kind = Invalid if x else Conflict\n    raise kind(x.code)\n",
    ],
)
def test_what_cannot_be_read_is_noticed(tmp_path: Path, lines: str) -> None:
    ast.parse(lines)
    assert len(said_in(tmp_path, lines).unread) > 0


def test_codes_are_read_through_those_who_hand_them_on(tmp_path: Path) -> None:
    lines = (
        "def wrong(pointer, code):\n    return Invalid(code, text='words')\n"
        "def f(x):\n    code = 'one' if x else 'two'\n    raise wrong('/a', code)\n"
        "def g(x):\n    raise wrong('/a', code='three')\n"
    )
    sayings = said_in(tmp_path, lines)
    assert {(c.code, c.kind, c.text) for c in sayings.said["asm.sample.f"]} == {
        ("one", "Invalid", "words"), ("two", "Invalid", "words"),
    }  # fmt: skip
    assert {c.code for c in sayings.said["asm.sample.g"]} == {"three"}
    assert not sayings.unread


def test_operations_name_their_codes_and_not_those_of_others() -> None:
    by_operation = codes_by_operation(application())
    codes = {
        name: {each.code for each in said if each.kind != FIELD}
        for name, said in by_operation.items()
    }
    assert {"stay_changed", "stay_departed", "idempotency_key_reused"} <= codes["amendStay"]
    assert {"workbook_unreadable", "nothing_accepted", "members_only"} <= codes["importWorkbook"]
    assert {"receipt_not_genuine", "receipt_unreadable"} <= codes["verifyReceipt"]
    assert codes["me"] == {
        "sign_in_required", "device_ended", "use_dpop_nonce", "invalid_dpop_proof",
        "token_is_bound", "token_not_bound",
    }  # fmt: skip
    assert codes["listProvinces"] == set()
    everywhere = {each.code for each in common_codes()[EVERY]}
    assert {"try_again", "unknown_parameter", "internal_error", "body_too_slow"} <= everywhere
    assert "json_unreadable" in {each.code for each in common_codes()[EVERY_JSON]}
