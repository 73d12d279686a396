"""What people are told, by id: the catalogues in asm/locales, in Vietnamese and in English.

Each is a plain .po file whose msgid is an id, such as `stay.room.missing`; what belongs to it hangs
on a colon, as `stay.room.missing:remedy`. `{name}` in a text is a fact, filled in when it is told
and never personal; an English text may take `{name_en}` for it.

A catalogue is read once a process, when it is first asked. The reader is our own: Python's needs a
file compiled beforehand, and Babel's takes longer to load than `asm code` takes to answer.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, Literal

Kind = Literal[
    "rules",
    "refusals",
    "checks",
    "messages",
    "settings",
    "install",
    "doctor",
    "exports",
    "figures",
    "published",
]
KINDS: Final[tuple[Kind, ...]] = (
    "rules", "refusals", "checks", "messages", "settings", "install", "doctor", "exports",
    "figures", "published",
)  # fmt: skip
LOCALES: Final = Path(__file__).parent
_NO_FACTS: Final[Mapping[str, object]] = {}


@cache
def catalogue(kind: Kind, language: Literal["vi", "en"]) -> Mapping[str, str]:
    """All texts of one kind in one language by id. Raises ValueError for a file that is no
    catalogue of ids.
    """
    path = LOCALES / language / "LC_MESSAGES" / f"{kind}.po"
    texts = parse_catalogue(path.read_text(encoding="utf-8"))
    texts.pop("", None)  # the head of the file
    return texts


def templates(kind: Kind, text_id: str) -> tuple[str, str]:
    """Vietnamese and English, facts not filled in. Raises KeyError for an id that has no text."""
    return catalogue(kind, "vi")[text_id], catalogue(kind, "en")[text_id]


def has_text(kind: Kind, text_id: str) -> bool:
    """Whether the id has a text; a test holds that it then has one in both languages."""
    return text_id in catalogue(kind, "vi")


def both(kind: Kind, text_id: str, facts: Mapping[str, object] = _NO_FACTS) -> tuple[str, str]:
    """Vietnamese and English with the facts filled in. Raises KeyError for an id without a text,
    or a fact that the text needs and was not given.
    """
    vi, en = templates(kind, text_id)
    return vi.format_map(facts), en.format_map(facts)


def text_in(
    kind: Kind, text_id: str, language: str, facts: Mapping[str, object] = _NO_FACTS
) -> str:
    """The text in the reader's language, Vietnamese unless that is `en`. Raises as `both` does."""
    spoken: Literal["vi", "en"] = "en" if language == "en" else "vi"
    return catalogue(kind, spoken)[text_id].format_map(facts)


def parse_catalogue(po: str) -> dict[str, str]:
    """The entries of a .po file: msgid to msgstr, comments left out.

    Raises ValueError, with the line, for an id that is there twice and for what a catalogue of ids
    has no use for: plurals and contexts.
    """
    entries: dict[str, list[str]] = {}
    text_id: list[str] = []
    target = text_id
    for number, line in enumerate(po.splitlines(), start=1):
        keyword, quote, rest = line.partition('"')
        match keyword.strip():
            case "msgid" if quote:
                target = text_id = []
            case "msgstr" if quote and "".join(text_id) not in entries:
                target = entries["".join(text_id)] = []
            case "" if quote or not line.strip():
                pass
            case word if word.startswith("#"):
                continue
            case _:
                raise ValueError(f"line {number} of a catalogue: {line[:80]}")
        if quote:
            # The escapes that gettext's tools write (\" \\ \n \t) are JSON's too.
            target.append(json.loads(f'"{rest.rstrip()}'))
    return {entry: "".join(parts) for entry, parts in entries.items()}
