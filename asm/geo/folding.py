"""The key that place names are compared by."""

import unicodedata

_GONE = dict.fromkeys("'’‘ʼʻ`´", "")
_FOLD = str.maketrans({"đ": "d", **_GONE})


def fold(text: str) -> str:
    """`text` in lower case, without diacritics and apostrophes, every other sign a single space:
    Hoà and Hòa agree, and so do Ea H'leo and Ea Hleo. For comparing only, never for showing.
    """
    letters = unicodedata.normalize("NFKD", text.casefold().translate(_FOLD))
    bare = (char for char in letters if not unicodedata.combining(char))
    return " ".join("".join(char if char.isalnum() else " " for char in bare).split())
