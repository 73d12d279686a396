"""What happens to a card's text between the QR code and the field: wrong tables of letters, and
other people's QR codes. Says what it sees; invents no letter.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from asm.identity.name_letters import looks_vietnamese
from asm.identity.names import folded_key, has_lost_letters

# Tables whose letters are Vietnamese enough that wrongly read text may look right at a glance.
_LATIN: Final = ("cp1252", "cp1258", "mac_roman", "cp437", "cp850", "latin_1", "cp1254")
#: Tables that scanners, terminals and browsers take UTF-8 for; the likeliest first.
TABLES: Final = (
    *_LATIN,
    "cp932", "gbk", "big5", "cp949", "euc_jp",
    "cp1250", "cp1251", "cp1253", "cp1255", "cp1256", "cp1257", "cp874", "koi8_r",
    "cp866", "cp852", "iso8859_2", "iso8859_5", "iso8859_7", "iso8859_9", "iso8859_15",
    "mac_cyrillic", "koi8_u", "cp775", "cp737",
    "cp865", "cp860", "cp861", "cp863", "cp857", "cp858", "cp862", "cp869",
)  # fmt: skip
_LOOKS_LIKE_BARRED_D: Final = str.maketrans("ÐðƉɖ", "ĐđĐđ")


_LOW_BYTES: Final = "asm-low-bytes"


def restored(text: str) -> tuple[str, str | None]:
    """`text` with UTF-8 that was read through another table put right, and that table's name.

    Every letter of the result must be one that stands in Vietnamese names. Where the table showed
    every byte the text comes back whole; bytes that were lost on the way become U+FFFD, and must be
    fewer than the letters that came back. Else the text returns as it was, with None.
    """
    if text.isascii():
        return text, None
    looks_right = looks_vietnamese(text)
    # Some fields compose what they are given, and cp1258 has marks that stand alone: try both.
    shown = tuple(dict.fromkeys((text, unicodedata.normalize("NFC", text))))
    whole = _whole(shown, _LATIN if looks_right else TABLES)
    if whole is not None:
        return whole
    return (text, None) if looks_right else _in_part(shown) or (text, None)


def _whole(shown: Iterable[str], tables: Iterable[str]) -> tuple[str, str] | None:
    """What all the bytes of one table say in UTF-8: no other text passes that by chance."""
    for table in tables:
        for form in shown:
            try:
                candidate = form.encode(table).decode("utf-8")
            except UnicodeError:
                continue
            if looks_vietnamese(candidate):
                return candidate, table
    return None


def _in_part(shown: Iterable[str]) -> tuple[str, str] | None:
    tried = [
        (_bytes_through(form, table).decode("utf-8", errors="replace"), table)
        for form in shown
        for table in TABLES
    ]
    # Stable: the likeliest table among those that lose the fewest letters.
    for candidate, table in sorted(tried, key=lambda pair: pair[0].count("\ufffd")):
        lost = candidate.count("\ufffd")
        kept = sum(not char.isascii() for char in candidate) - lost
        if lost < max(kept, 1) and looks_vietnamese(candidate.replace("\ufffd", "")):
            return candidate, table
    return None


def _bytes_through(text: str, table: str) -> bytes:
    """The bytes that `table` shows as `text`. Positions that a table leaves empty (0x81 or 0x90 in
    cp1252, found in most Vietnamese texts) come through as characters of the same number; what no
    table shows becomes 0xFF, which is never part of UTF-8.
    """
    return text.encode(table, errors=_LOW_BYTES)


def _low_bytes(error: UnicodeError) -> tuple[bytes, int]:
    """What `table` does not show of one text, for `str.encode`: the codecs do the rest."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    unknown = error.object[error.start : error.end]
    low = (ord(char) if "\x80" <= char <= "\xff" else 0xFF for char in unknown)
    return bytes(low), error.end


codecs.register_error(_LOW_BYTES, _low_bytes)


def was_read_wrongly(text: str) -> bool:
    """Whether letters stand here that no card prints, or that were already lost."""
    return "\ufffd" in text or not looks_vietnamese(text)


def with_barred_d(text: str) -> str:
    """Icelandic eth and African d, which look the same, as the Vietnamese letter."""
    return text.translate(_LOOKS_LIKE_BARRED_D)


def lost_letters(text: str) -> bool:
    """Whether letters were replaced by `?` or U+FFFD, or are none that a card prints."""
    return has_lost_letters(text) or not looks_vietnamese(text)


def dropped_letters(name: str, sex: str) -> bool:
    """Whether letters with marks were left out on the way (`Nguyn Th Mu`, `N` for Nữ)."""
    runs = name.casefold().split() if name.isascii() else []
    vowelless = any(len(word) > 1 and not re.search("[aeiouyw']", word) for word in runs)
    return vowelless or folded_key(sex) == "n"


def lost_diacritics(name: str, address: str) -> bool:
    """Whether a name and an address hold plain ASCII letters only: hardly a Vietnamese address
    has none with a mark, though a name may.
    """
    return (name + address).isascii() and any(char.isalpha() for char in address)


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
    # Two values exist, so a damaged or dropped second letter of the shorter word still tells.
    return "female" if re.fullmatch(r"n(?:u|\?|\ufffd){0,3}", key) else None
