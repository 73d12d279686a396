"""The code on the door plate: where a door is, which unit, and two symbols that catch mistakes.

`VN` + 8 symbols of a 40-bit cell (interleaved latitude and longitude of the box 6-24°N,
102-118°E, about 1.9 x 1.6 m) + 1 symbol for the unit in the cell + 2 Reed-Solomon check symbols
over GF(32). Symbols are Crockford base 32: no I, L, O or U. A code is a name: it stays when a
point is corrected.
"""

from itertools import pairwise

from asm.errors import Invalid, invalid_field, remedy
from asm.geo.points import EAST, NORTH, SOUTH, WEST, Point, in_box

PREFIX = "VN"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
UNITS = 32
BITS = 20
SIDE = 1 << BITS

_CELL_SYMBOLS = 8
_LENGTH = 11
# Steps that part a number's bits by halves: shift, and the bits that stay.
_HALVINGS = (
    (1, 0x5555555555555555),
    (2, 0x3333333333333333),
    (4, 0x0F0F0F0F0F0F0F0F),
    (8, 0x00FF00FF00FF00FF),
    (16, 0x0000FFFF0000FFFF),
)
_EVEN, _WHOLE = 0x5555555555555555, 0x00000000FFFFFFFF
_VALUE = {symbol: value for value, symbol in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_SEPARATORS = str.maketrans("", "", " -\t\r\n\u00a0\u2010\u2011\u2013")


def _powers() -> tuple[list[int], list[int]]:
    """Powers and logarithms of the generator of GF(32), polynomial x^5 + x^2 + 1."""
    powers, logarithms, value = [0] * 62, [0] * 32, 1
    for exponent in range(31):
        powers[exponent] = powers[exponent + 31] = value
        logarithms[value] = exponent
        value <<= 1
        if value & 32:
            value ^= 0b100101
    return powers, logarithms


_POWER, _LOG = _powers()


def _times(factor: int) -> list[int]:
    """The multiplication table of one number of GF(32)."""
    return [0, *(_POWER[_LOG[value] + _LOG[factor]] for value in range(1, 32))]


_TIMES_A, _TIMES_A2 = _times(_POWER[1]), _times(_POWER[2])
# (x - a)(x - a^2): any two wrong symbols of a code leave a remainder.
_TIMES_FIRST, _TIMES_SECOND = _times(_POWER[1] ^ _POWER[2]), _times(_POWER[3])


def cell_of(point: Point) -> tuple[int, int]:
    """Row and column of the cell around a point. Raises Invalid outside the box."""
    if not in_box(point):
        raise _invalid("point_outside_box", pointer="/lat")
    row = int((point.lat - SOUTH) / (NORTH - SOUTH) * SIDE)
    column = int((point.lon - WEST) / (EAST - WEST) * SIDE)
    return row, column


def encode(point: Point, unit: int = 0) -> str:
    """The code of the cell around a point and a unit 0-31.

    Raises Invalid `point_outside_box` or `unit_out_of_range`.
    """
    return encode_cell(*cell_of(point), unit)


def encode_cell(row: int, column: int, unit: int = 0) -> str:
    """The code of a cell by row and column (each 0 to 2^20 - 1) and a unit 0-31."""
    if not 0 <= unit < UNITS:
        raise _invalid("unit_out_of_range", pointer="/unit")
    number = _spread(row) << 1 | _spread(column)
    word = [number >> 5 * position & 31 for position in range(_CELL_SYMBOLS - 1, -1, -1)]
    word.append(unit)
    return _text(word + _check_symbols(word))


def decode(code: str) -> tuple[Point, int]:
    """The centre of the cell, and the unit.

    Raises Invalid like `parse_code`.
    """
    word = _word(parse_code(code))
    number = 0
    for value in word[:_CELL_SYMBOLS]:
        number = number << 5 | value
    row, column = _gather(number >> 1), _gather(number)
    centre = Point(
        lon=WEST + (column + 0.5) * (EAST - WEST) / SIDE,
        lat=SOUTH + (row + 0.5) * (NORTH - SOUTH) / SIDE,
    )
    return centre, word[_CELL_SYMBOLS]


def format_code(code: str) -> str:
    """The printed form, such as `VN MXSW-X9XP-01G`. Raises Invalid like `parse_code`."""
    return _printed(parse_code(code))


def _printed(code: str) -> str:
    symbols = code[len(PREFIX) :]
    return f"{PREFIX} {symbols[:4]}-{symbols[4:8]}-{symbols[8:]}"


def parse_code(text: str) -> str:
    """The stored form (`VN` + 11 symbols) of what a person typed or a camera read.

    Takes spaces, dashes, lower case, O for 0, I and L for 1, no `VN`, and the plate's whole
    address. Raises Invalid `code_malformed` (not 11 symbols of the alphabet) or
    `code_check_failed` (a symbol is wrong), whose remedy names the code that `correct` finds.
    """
    code = _normal(text)
    if _remainder(_word(code)):
        raise _check_failed(code)
    return code


def _check_failed(code: str) -> Invalid:
    refusal = _invalid("code_check_failed")
    meant = correct(code)
    if meant is not None:
        printed = _printed(meant)
        refusal.errors[0] |= remedy("code_check_failed.meant", code_meant=printed)
    return refusal


def is_valid(text: str) -> bool:
    """Whether `parse_code` would take the text."""
    try:
        return not _remainder(_word(_normal(text)))
    except Invalid:
        return False


def correct(text: str) -> str | None:
    """The code that was probably meant, when one wrong symbol or one swap of neighbours explains
    the text and exactly one code does; otherwise None. A suggestion to confirm, never to assume:
    a text with two errors may look like one error of another code. Raises Invalid `code_malformed`.
    """
    word = _word(_normal(text))
    if not _remainder(word):
        return _text(word)
    codes = {_text(other) for other in _neighbours(word) if not _remainder(other)}
    return codes.pop() if len(codes) == 1 else None


def _spread(value: int) -> int:
    """The bits of `value` on the even places, nothing between them."""
    for shift, mask in reversed(_HALVINGS):
        value = (value | value << shift) & mask
    return value


def _gather(value: int) -> int:
    """The bits on the even places of `value`, side by side."""
    value &= _EVEN
    for (shift, _), (_, mask) in pairwise((*_HALVINGS, (0, _WHOLE))):
        value = (value | value >> shift) & mask
    return value


def _neighbours(word: list[int]) -> list[list[int]]:
    changed = [
        [*word[:position], value, *word[position + 1 :]]
        for position in range(_LENGTH)
        for value in range(32)
        if value != word[position]
    ]
    swapped = [
        [*word[:position], right, left, *word[position + 2 :]]
        for position, (left, right) in enumerate(pairwise(word))
        if left != right
    ]
    return changed + swapped


def _normal(text: str) -> str:
    symbols = text.rstrip().rstrip("/").rsplit("/", 1)[-1].translate(_SEPARATORS).upper()
    if len(symbols) == len(PREFIX) + _LENGTH and symbols.startswith(PREFIX):
        symbols = symbols[len(PREFIX) :]
    if len(symbols) != _LENGTH or any(symbol not in _VALUE for symbol in symbols):
        raise _invalid("code_malformed")
    return _text([_VALUE[symbol] for symbol in symbols])


def _word(code: str) -> list[int]:
    return [_VALUE[symbol] for symbol in code[len(PREFIX) :]]


def _text(word: list[int]) -> str:
    return PREFIX + "".join(ALPHABET[value] for value in word)


def _check_symbols(word: list[int]) -> list[int]:
    first = second = 0
    for value in word:
        factor = value ^ first
        first = second ^ _TIMES_FIRST[factor]
        second = _TIMES_SECOND[factor]
    return [first, second]


def _remainder(word: list[int]) -> bool:
    """Whether something is left at either root: then the word is no code."""
    first = second = 0
    for symbol in word:
        first = _TIMES_A[first] ^ symbol
        second = _TIMES_A2[second] ^ symbol
    return bool(first or second)


def _invalid(code: str, *, pointer: str = "/code") -> Invalid:
    return invalid_field(pointer, code)
