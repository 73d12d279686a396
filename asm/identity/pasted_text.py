"""One cleaning of text that was pasted: what nobody can see goes, what is written stays.

Chats, PDF files, contact lists and web pages wrap numbers and names in marks without width, in
marks of writing direction and in spaces of other kinds; input methods of East Asia write digits in
another dress. None of it is seen, and each makes two equal numbers differ. Every guest and stay is
cleaned as it is built (`asm.stays.entry`), so that no door can forget it (decision 34).

Tabs and line breaks are white space: a name and a number have single spaces in their place, and
none around them. What could change how a text is read is left alone, for the rules to refuse: all
other control characters, and U+202E, which shows the characters after it in reverse order.
"""

import re
import unicodedata
from typing import Final

#: Without width or ink: what Unicode lists as Default_Ignorable_Code_Point (UCD 15.0,
#: DerivedCoreProperties.txt): soft hyphen, zero width space, word joiner, direction marks, byte
#: order mark, fillers, inherent vowels, variation selectors, tags; and interlinear marks.
#: Left out: the joiners and U+202E (see above), and two fillers as wide as a letter (see below).
UNSEEN: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202d\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_UNSEEN: Final = re.compile(f"[{UNSEEN}]")
# Those of them, and of the blanks below, that Python counts as printable.
_TAKEN_FOR_PRINTED: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# Between letters from Hebrew to Mongolian they change how these are joined, elsewhere nothing.
_JOINERS: Final = re.compile("(?<![\u0590-\u18af])[\u200c\u200d]|[\u200c\u200d](?![\u0590-\u18af])")
#: Blank, but not the space bar's: what separates words on the page separates them here.
_BLANKS: Final = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000\u3164\uffa0]")
#: White space that moves the writing on (Unicode's property White_Space). U+001C to U+001F are
#: none, though Python parts words at them.
_LINES: Final = re.compile("[ \t\n\v\f\r\u0085\u2028\u2029]+")
_HYPHENS: Final = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
# ASCII as East Asian input methods write it.
_WIDE: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def is_as_seen(text: str) -> bool:
    """Whether nothing in `text` is unseen, and every blank a space: so it is with nearly all."""
    return text.isascii() or (text.isprintable() and not _TAKEN_FOR_PRINTED.search(text))


def is_one_line(text: str) -> bool:
    """Whether `text` is as seen, with single spaces and none around it: `clean_line` leaves it."""
    return (
        is_as_seen(text)
        and text.isprintable()
        and "  " not in text
        and text[:1] != " "
        and text[-1:] != " "
    )


def clean_line(text: str) -> str:
    """As `clean_text`, in one line: runs of white space become one space, and none is around."""
    return text if is_one_line(text) else _in_one_line(_seen(text))


def clean_text(text: str) -> str:
    """`text` without what is not seen; other blanks become spaces. Lines and letters are kept."""
    return text if is_as_seen(text) else _seen(text)


def clean_person_name(text: str) -> str:
    """A name as shown, in NFC and one line, without what is not seen; letters of double width are
    made plain.
    """
    if is_one_line(text) and unicodedata.is_normalized("NFKC", text):
        return text
    return _in_one_line(unicodedata.normalize("NFC", _seen(text).translate(_WIDE)))


def clean_number(text: str) -> str:
    """A number of a paper or a telephone: as `clean_text`, with the digits of any script and
    letters of double width made plain, every dash a hyphen, in one line and without blanks around.

    Look-alikes of other alphabets (Cyrillic С for C) stay: nobody knows which was meant.
    """
    if text.isascii():
        return clean_line(text)
    plain = _seen(text).translate(_WIDE)
    return _in_one_line("".join(map(_plain_digit, _HYPHENS.sub("-", plain))))


def _seen(text: str) -> str:
    return _BLANKS.sub(" ", _JOINERS.sub("", _UNSEEN.sub("", text)))


def _in_one_line(text: str) -> str:
    return _LINES.sub(" ", text).strip(" ")


def _plain_digit(char: str) -> str:
    if char.isascii():
        return char
    digit = unicodedata.decimal(char, None)
    return char if digit is None else str(digit)
