import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asm.errors import Invalid
from asm.geo.addresses import door_code
from asm.geo.addresses.door_code import (
    ALPHABET,
    SIDE,
    UNITS,
    cell_of,
    correct,
    decode,
    encode,
    encode_cell,
    format_code,
    is_valid,
    parse_code,
)
from asm.geo.points import Point

points = st.builds(
    Point,
    lon=st.floats(102, 118, exclude_max=True),
    lat=st.floats(6, 24, exclude_max=True),
)
door_numbers = st.integers(0, 31)


@pytest.mark.parametrize(
    ("lat", "lon", "printed"),
    [
        (21.0287, 105.8524, "VN MXSW-X9XP-01G"),  # Hoàn Kiếm, the example of the specification
        (6.0, 102.0, "VN 0000-0000-000"),
    ],
)
def test_known_places(lat: float, lon: float, printed: str) -> None:
    assert format_code(encode(Point(lon=lon, lat=lat))) == printed


@given(points, door_numbers)
def test_a_code_leads_back_to_its_cell(point: Point, unit: int) -> None:
    code = encode(point, unit)
    centre, door_number = decode(code)
    assert abs(centre.lat - point.lat) <= 18 / 2**20
    assert abs(centre.lon - point.lon) <= 16 / 2**20
    assert door_number == unit
    assert encode(centre, unit) == code


@given(points, door_numbers)
def test_every_way_to_write_a_code_is_read(point: Point, unit: int) -> None:
    code = encode(point, unit)
    assert parse_code(format_code(code).lower()) == code
    assert parse_code(code.removeprefix("VN").replace("0", "O").replace("1", "l")) == code
    assert parse_code(f"HTTPS://ASM.EXAMPLE/A/{code}") == code


@pytest.mark.parametrize("text", ["", "VN", "VN MXSW-X9XP-01", "VN MXSW-X9XP-01GG", "UMXSWX9XP01"])
def test_what_is_no_code_is_malformed(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_code(text)
    assert refusal.value.code == "code_malformed"
    assert refusal.value.errors[0]["pointer"] == "/code"


def test_a_hundred_thousand_points_come_back_to_their_cell() -> None:
    """Through the text and back: the cell, the unit, and the code of the cell's own centre."""
    rng = random.Random(8)
    for _ in range(100_000):
        row, column, unit = rng.randrange(SIDE), rng.randrange(SIDE), rng.randrange(UNITS)
        centre, door_number = decode(encode_cell(row, column, unit))
        assert (*cell_of(centre), door_number) == (row, column, unit)


def test_a_refused_code_names_the_likely_one() -> None:
    for wrong in ("VN MXSW-X9XP-01H", "VN MXSW-X9PX-01G"):
        with pytest.raises(Invalid) as refusal:
            parse_code(wrong)
        assert "VN MXSW-X9XP-01G" in refusal.value.errors[0]["remedy"]
        assert "VN MXSW-X9XP-01G" in refusal.value.errors[0]["remedy_en"]
    with pytest.raises(Invalid) as refusal:
        parse_code("VN MXSW-X9XP-1Z7")  # two symbols: nothing is guessed
    assert "remedy" not in refusal.value.errors[0]


def test_a_wrong_symbol_fails_the_check() -> None:
    with pytest.raises(Invalid) as refusal:
        decode("VN MXSW-X9XP-01H")
    assert refusal.value.code == "code_check_failed"
    assert not is_valid("VN MXSW-X9XP-01H")


@pytest.mark.parametrize(
    ("lat", "lon", "unit", "code"),
    [
        (24.0, 105.0, 0, "point_outside_box"),
        (5.99, 105.0, 0, "point_outside_box"),
        (21.0, 118.0, 0, "point_outside_box"),
        (float("nan"), 105.0, 0, "point_outside_box"),
        (21.0, 105.0, 32, "unit_out_of_range"),
        (21.0, 105.0, -1, "unit_out_of_range"),
    ],
)
def test_only_points_in_the_box_and_32_units(lat: float, lon: float, unit: int, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        encode(Point(lon=lon, lat=lat), unit)
    assert refusal.value.code == code


def _sample(seed: int, count: int) -> list[str]:
    rng = random.Random(seed)
    return [
        encode(Point(lat=rng.uniform(8, 23), lon=rng.uniform(102.2, 109.4)), rng.randrange(32))
        for _ in range(count)
    ]


def _with_other(code: str, index: int, rng: random.Random) -> str:
    other = rng.choice([symbol for symbol in ALPHABET if symbol != code[index]])
    return code[:index] + other + code[index + 1 :]


def test_no_single_swapped_or_double_error_goes_unseen() -> None:
    """The figures of the code's design: 1,000 codes, every place, every neighbouring pair."""
    rng = random.Random(1)
    unseen = {"single": 0, "swap": 0, "double": 0}
    tried = dict(unseen)

    def look(kind: str, wrong: str) -> None:
        tried[kind] += 1
        unseen[kind] += is_valid(wrong)

    for code in _sample(2, 1000):
        for index in range(2, 13):
            look("single", _with_other(code, index, rng))
        for index, (left, right) in enumerate(pairwise(code[2:]), start=2):
            if left != right:
                look("swap", code[:index] + right + left + code[index + 2 :])
        for _ in range(3):
            first, second = rng.sample(range(2, 13), 2)
            look("double", _with_other(_with_other(code, first, rng), second, rng))
    assert tried["single"] == 11_000
    assert tried["double"] == 3_000
    assert tried["swap"] > 9_000
    assert unseen == {"single": 0, "swap": 0, "double": 0}


def test_every_swap_of_neighbours_has_one_explanation() -> None:
    """A swap is two errors, which could look like one error of another code; the two check
    symbols are such that it never does, so the right code is always offered.
    """
    for code in _sample(9, 40):
        for index in range(2, 12):
            assert correct(code[:index] + code[index + 1] + code[index] + code[index + 2 :]) == code


def test_one_in_1024_random_texts_is_a_code() -> None:
    rng = random.Random(3)
    texts = ["".join(rng.choices(ALPHABET, k=11)) for _ in range(20_000)]
    assert 5 <= sum(map(is_valid, texts)) <= 45


def test_a_single_error_or_swap_is_put_right() -> None:
    rng = random.Random(4)
    for code in _sample(5, 150):
        assert correct(code) == code
        assert correct(_with_other(code, rng.randrange(2, 13), rng)) == code
        index = rng.randrange(2, 12)
        assert correct(code[:index] + code[index + 1] + code[index] + code[index + 2 :]) == code


def test_two_errors_are_never_silently_taken() -> None:
    rng = random.Random(6)
    answers = []
    for code in _sample(7, 150):
        wrong = _with_other(_with_other(code, 3, rng), 9, rng)
        answers.append(correct(wrong))
        assert not is_valid(wrong)
    assert None in answers  # most have no one-step explanation; the rest are only suggestions


def test_the_pure_module_knows_no_database() -> None:
    assert not any(name in vars(door_code) for name in ("sqlalchemy", "asyncpg", "litestar"))
