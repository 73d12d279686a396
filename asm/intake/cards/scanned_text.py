"""What happens to a card's text between the QR code and the field: wrong tables of letters, input
methods, other people's QR codes. Says what it sees; invents no letter.
"""

import itertools
import re
import unicodedata
from typing import Final

from asm.identity.names import folded_key, has_lost_letters

# Tables that scanners, terminals and browsers take UTF-8 for; the likeliest first.
_TABLES: Final = ("cp1252", "cp1258", "mac_roman", "cp437", "cp850", "latin_1")
_VIETNAMESE: Final = frozenset(
    "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"
)
# Rhade, Jarai, Bahnar and their neighbours; typography; what a scanner puts in front.
_EXTRA_LETTERS: Final = frozenset("čňñŏĕĭŭƀ\u0306ʼ’‘–ðɖ\ufeff\u00a0")
_LOOKS_LIKE_BARRED_D: Final = str.maketrans("ÐðƉɖ", "ĐđĐđ")

_STRONG_TELEX: Final = re.compile(r"aa|ee|oo|dd|[aou]w|\bw|uow")
_TELEX_TONE: Final = re.compile(r"[aeiouy](?:ng|nh|ch|[cmnpt])?[sfrxj]\b")
_VNI: Final = re.compile(r"[^\W\d_]+[1-9][a-z]*[1-9]?\b")
# Windows' own Vietnamese keyboard turns the digits 1 to 0 into these.
_DIGIT_KEYS: Final = re.compile("[aeođ\u0302\u0306\u0300\u0309\u0303\u0301\u0323]{8,}")


def restored(text: str) -> tuple[str, str | None]:
    """`text` with UTF-8 that was read through another table put right, and that table's name.

    Every letter of the result must be one that stands in Vietnamese names; bytes that were lost on
    the way become U+FFFD, and must be fewer than the letters that came back. Else the text returns
    as it was, with None.
    """
    if text.isascii() or looks_vietnamese(text):
        return text, None
    # Some fields compose what they are given, and cp1258 has marks that stand alone: try both.
    shown = dict.fromkeys((text, unicodedata.normalize("NFC", text)))
    tried = [
        (_bytes_through(form, table).decode("utf-8", errors="replace"), table)
        for form in shown
        for table in _TABLES
    ]
    # Stable: the likeliest table among those that lose the fewest letters.
    for candidate, table in sorted(tried, key=lambda pair: pair[0].count("\ufffd")):
        lost = candidate.count("\ufffd")
        kept = sum(not char.isascii() for char in candidate) - lost
        if lost < max(kept, 1) and looks_vietnamese(candidate.replace("\ufffd", "")):
            return candidate, table
    return text, None


def _bytes_through(text: str, table: str) -> bytes:
    """The bytes that `table` shows as `text`. Positions that a table leaves empty (0x81 or 0x90 in
    cp1252, found in most Vietnamese texts) come through as control characters of the same number;
    what no table shows becomes 0xFF, which is never part of UTF-8.
    """
    out = bytearray()
    for char in text:
        try:
            out += char.encode(table)
        except UnicodeEncodeError:
            out.append(ord(char) if "\x80" <= char <= "\x9f" else 0xFF)
    return bytes(out)


def looks_vietnamese(text: str) -> bool:
    """Whether every letter beyond ASCII is one of Vietnamese or of a minority language."""
    letters = {c for c in unicodedata.normalize("NFC", text.casefold()) if not c.isascii()}
    return letters <= _VIETNAMESE | _EXTRA_LETTERS


def with_barred_d(text: str) -> str:
    """Icelandic eth and African d, which look the same, as the Vietnamese letter."""
    return text.translate(_LOOKS_LIKE_BARRED_D)


def lost_letters(text: str) -> bool:
    """Whether letters were replaced by `?` or U+FFFD, or are none that a card prints."""
    return has_lost_letters(text) or not looks_vietnamese(text)


def lost_diacritics(name: str, address: str) -> bool:
    """Whether a name and an address hold plain ASCII letters only: hardly a Vietnamese address
    has none with a mark, though a name may.
    """
    return (name + address).isascii() and any(char.isalpha() for char in address)


def garbled_by_input_method(parts: list[str]) -> bool:
    """Whether Telex, VNI or Windows' Vietnamese keyboard turned keys into letters or back.

    `parts` are the parts of the text between bars. Telex shows as doubled vowels, `w` and tone
    letters at the ends of syllables in a text without any mark, or as a letter kept and converted;
    one such syllable alone may be a
    highland name (Ksor, Siu), so a weak sign must come twice.
    """
    if _DIGIT_KEYS.fullmatch(unicodedata.normalize("NFD", parts[0])):
        return True
    if len(parts) < 6:
        return False
    name, sex, address = parts[2].casefold(), parts[4].casefold(), "|".join(parts[5:-1]).casefold()
    if sex in {"nuwx", "nuwax", "nux", "nwx", "nu74", "nu47", "nu7", "nu4"}:
        return True
    if _VNI.search(name):
        return True
    if not (name + address).isascii():
        return _doubled_letter(name)
    signs = len(_TELEX_TONE.findall(name + " " + address))
    return bool(_STRONG_TELEX.search(name)) or signs >= 2


def _doubled_letter(name: str) -> bool:
    """Whether a letter stands beside itself with a mark (`Vaăn`, `dđ`): a key press that the input
    method kept and converted as well. No Vietnamese syllable is spelt so.
    """
    pairs = itertools.pairwise(name)
    return any(
        folded_key(left) == folded_key(right) in {"a", "e", "o", "u", "d"}
        and not (left + right).isascii()
        for left, right in pairs
    )


_HEALTH_CARD: Final = re.compile(r"(?:[A-Z]{2}[0-9]{13}|[0-9]{10})\|")


def other_code(text: str) -> str | None:
    """The rule that names what was scanned instead of a card, or None when it may be a card."""
    if text.startswith("000201"):
        return "card_qr.bank_payment"
    if _HEALTH_CARD.match(text) and (text.endswith("$") or text.count("|") > 7 or "/" in text):
        return "card_qr.health_insurance"
    if re.match(r"(?:https?://|www\.)", text, re.IGNORECASE):
        return "card_qr.web_address"
    if "|" not in text and re.match(r"(?:I[DI<]VNM|P[A-Z<][A-Z<]{3})[A-Z0-9<]{20,}", text):
        return "card_qr.mrz"
    return None


def sex_of(text: str) -> str | None:
    """`male` for Nam, `female` for Nữ in any spelling that can be nothing else."""
    key = folded_key(text)
    if key == "nam":
        return "male"
    # Two values exist, so a damaged second letter of the shorter word still tells.
    return "female" if re.fullmatch(r"n(?:u|\?|\ufffd){1,3}", key) else None
