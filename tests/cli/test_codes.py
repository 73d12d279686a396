"""`asm code`, as its users start it."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from asm.__main__ import app


def asm(*arguments: str) -> tuple[int, dict[str, Any]]:
    """The command in this process: exit status and its one JSON object."""
    done = CliRunner().invoke(app, list(arguments))
    return done.exit_code, json.loads(done.stdout)


def test_a_point_and_its_code() -> None:
    status, encoded = asm("code", "encode", "21.0287", "105.8524", "--unit", "3")
    assert (status, encoded["ok"]) == (0, True)
    assert encoded["printed"].startswith("VN MXSW-X9XP-3")
    assert encoded["plus_code"] == "7PH72VH2+FX"
    status, read = asm("code", "decode", encoded["printed"].lower())
    assert (status, read) == (0, encoded)


@pytest.mark.parametrize(
    ("arguments", "code", "remedy"),
    [
        (("105.8524", "21.0287"), "coordinates_swapped", "latitude 21.0287, longitude 105.8524"),
        (("0", "0"), "coordinates_zero", "map"),
        (("-10", "105"), "point_outside_vietnam", "map"),
        (("nan", "105"), "point_outside_vietnam", "map"),
        (("21", "105", "--unit", "32"), "unit_out_of_range", ""),
    ],
)
def test_points_that_have_no_code(arguments: tuple[str, ...], code: str, remedy: str) -> None:
    status, answer = asm("code", "encode", *arguments)
    assert (status, answer["ok"], answer["code"]) == (1, False, code)
    assert remedy in answer["errors"][0].get("remedy_en", "")


@pytest.mark.parametrize(
    ("text", "code", "likely"),
    [
        ("VN MXSW-X9XP-01H", "code_check_failed", "VN MXSW-X9XP-01G"),
        ("VNMXSWX9PX01G", "code_check_failed", "VN MXSW-X9XP-01G"),
        ("VN MXSW-X9XP-1Z7", "code_check_failed", None),
        ("MXSW", "code_malformed", None),
    ],
)
def test_a_wrong_code_is_refused_with_the_likely_one(
    text: str, code: str, likely: str | None
) -> None:
    status, answer = asm("code", "decode", text)
    assert (status, answer["code"], answer["likely"]) == (1, code, likely)


def test_confused_letters_are_read() -> None:
    assert asm("code", "decode", "vn mxsw-x9xp-oig")[1]["address"] == "VNMXSWX9XP01G"
    assert asm("code", "decode", "vn mxsw-x9xp-olg")[1]["address"] == "VNMXSWX9XP01G"
