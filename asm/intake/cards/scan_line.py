"""From what arrived to the one line that the card's code holds.

Scanners put marks in front and behind (AIM identifiers, STX and ETX, prefixes and suffixes of
their own), keyboards of another country type another sign for `|`, Caps Lock turns the letters
round. Each is undone where it can be nothing else, and told with its cause.
"""

import re
import unicodedata
from typing import Final

from asm.identity.pasted_text import clean_text
from asm.intake.cards.card_rules import CARD_RULES
from asm.intake.cards.scanned_text import restored, with_barred_d
from asm.stays.entry import Problem

# Control characters but Tab and the ends of lines, and the pictures that stand for them.
_CONTROL: Final = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u2400-\u2421"
_CONTROLS: Final = re.compile(f"[{_CONTROL}]")
_SPELT_OUT: Final = r"[<\[{(](?:NUL|SOH|STX|ETX|EOT|ACK|FNC1|FS|GS|RS|US|CR|LF|HT)[>\]})]"
# ISO/IEC 15424: a bracket, the kind of code, its options; `]Q1` and its kin for a QR code.
_BEFORE: Final = re.compile(rf"(?:[\s{_CONTROL}]|{_SPELT_OUT}|\][A-Za-z][0-9A-Za-z])+")
_SPELT_AFTER: Final = re.compile(rf"{_SPELT_OUT}\Z")
_LONGEST_SPELT: Final = 6
_UNPRINTED: Final = "".join(map(chr, (*range(33), 0x7F, *range(0x2400, 0x2422))))
#: Ten signs at most that a scanner was set to send first, then the number and what follows it.
_PREFIX: Final = re.compile(r"[^0-9|]{1,10}(?=[0-9]{12}[^0-9A-Za-z ])")
_SUFFIX: Final = re.compile(r"(?<=[0-9]{8})(\|*)(?:[^\w|]{1,8}|[A-Za-z]{1,4})\Z")
_SEPARATOR: Final = re.compile(r"[0-9]{12}([^0-9A-Za-z| \r\n])")
_KEY_NAMES: Final = {"\t": "Tab", "\x1c": "FS", "\x1d": "GS", "\x1e": "RS", "\x1f": "US"}


def clean_line(text: str, repairs: list[str], problems: list[Problem]) -> str:
    """The line in NFC, its parts parted by `|`; what was put right is added to both lists."""
    line, table = restored(text)
    if table is not None:
        repairs.append(f"encoding.{table}")
        problems.append(CARD_RULES["card_qr.encoding"].problem(encoding=table))
    if "\ufeff" in line:
        repairs.append("bom")
    line = line.replace("\ufeff", "")
    seen = clean_text(line)
    if len(seen) != len(line):
        repairs.append("invisible")
    line = _without_prefix(seen, repairs, problems).rstrip(" \r\n")
    # The newer card ends with four signs: they are no suffix, and there may be one after them.
    line = _with_bars(line, repairs, problems)
    line = _without_suffix(line, repairs, problems)
    line = _with_bars(line, repairs, problems)
    line, inner = _CONTROLS.subn("", line)
    if inner:
        _note(repairs, problems, "control_characters", "card_qr.scanner_marks")
    if "\r" in text or "\n" in text:
        repairs.append("line_break")
    line = re.sub(r"\s*[\r\n]+\s*", " ", line).strip()
    composed = unicodedata.normalize("NFC", line)
    if composed != line:
        repairs.append("nfd")
    barred = with_barred_d(composed)
    if barred != composed:
        repairs.append("barred_d")
    return barred


def _note(repairs: list[str], problems: list[Problem], code: str, rule_id: str) -> None:
    repairs.append(code)
    problem = CARD_RULES[rule_id].problem()
    if problem not in problems:
        problems.append(problem)


def _without_prefix(line: str, repairs: list[str], problems: list[Problem]) -> str:
    """The line without what the scanner sends before the code."""
    before = _BEFORE.match(line)
    start = before.end() if before else 0
    prefix = _PREFIX.match(line, start)
    if prefix or line[:start].strip(" \t\r\n"):
        _note(repairs, problems, "scanner_prefix", "card_qr.scanner_marks")
    return line[prefix.end() if prefix else start :]


def _without_suffix(line: str, repairs: list[str], problems: list[Problem]) -> str:
    """The line without what the scanner sends after the code."""
    bare = line.rstrip(_UNPRINTED)
    while spelt := _SPELT_AFTER.search(bare, max(len(bare) - _LONGEST_SPELT, 0)):
        bare = bare[: spelt.start()].rstrip(_UNPRINTED)
    without = _SUFFIX.sub(r"\1", bare)
    if without != bare or line[len(bare) :].strip(" \t\r\n"):
        _note(repairs, problems, "scanner_suffix", "card_qr.scanner_marks")
    return without


def _with_bars(line: str, repairs: list[str], problems: list[Problem]) -> str:
    """The line with `|` where another sign stands in all its places, and in none of the address."""
    second = _SEPARATOR.match(line)
    if second is None:
        return line
    sign = second[1]
    s, other = re.escape(sign), f"[^{re.escape(sign)}]"
    whole = re.fullmatch(
        rf"([0-9]{{12}}){s}({other}*){s}({other}+){s}([0-9]{{8}}){s}({other}+){s}"
        rf"(.*){s}([0-9]{{8}})((?:{s}{other}*){{0,4}})",
        line,
        re.DOTALL,
    )
    if whole is None:
        return line
    repairs.append("separator")
    shown = _KEY_NAMES.get(sign, sign)
    problems.append(CARD_RULES["card_qr.separator"].problem(sign=shown))
    return "|".join(whole.groups()[:7]) + whole[8].replace(sign, "|")
