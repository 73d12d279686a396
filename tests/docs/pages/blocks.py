"""The commands of a page, as they stand in it.

A block that begins with ```sh is run word for word by bash. What follows it as ```text is what it
prints: `…` stands for anything, a number for any number. HTML comments before a block, which no
reader sees, say what the page cannot:

    <!-- not run: REASON -->    it needs what no test has (Debian's packages, a real name)
    <!-- on: new -->            from here on the other machine is meant; `on: old` leads back
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

_PART: Final = re.compile(
    r"^## (?P<section>\d+)\."
    r"|^<!-- (?P<key>not run|on): (?P<value>.+?) -->$"
    r"|^(?P<indent> *)```(?P<language>\w*)\n(?P<body>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, kw_only=True)
class Block:
    """One block of commands. `section` is the number of the heading above it, `not_run` the reason,
    `shown` what the page says is printed.
    """

    where: str
    commands: str
    section: int = 0
    machine: str = "old"
    not_run: str = ""
    shown: str = ""


def blocks_of(page: Path) -> list[Block]:
    """In the order of the page. Raises ValueError for a comment or an output without commands."""
    blocks: list[Block] = []
    said: dict[str, str] = {}  # of headings and comments, until the next one
    text = page.read_text(encoding="utf-8")
    for part in _PART.finditer(text):
        where = f"{page.name}:{text.count(chr(10), 0, part.start()) + 1}"
        if part["section"]:
            said["section"] = part["section"]
        elif part["key"]:
            said[part["key"]] = part["value"]
        elif part["language"] == "sh":
            blocks.append(_block(where, _undented(part), said))
        elif part["language"] == "text":
            if not blocks or blocks[-1].shown:
                raise ValueError(f"{where}: an output without commands")
            blocks[-1] = replace(blocks[-1], shown=_undented(part))
    if "not run" in said:
        raise ValueError(f"{page.name}: {said['not run']!r} stands before no commands")
    return blocks


def _block(where: str, commands: str, said: dict[str, str]) -> Block:
    return Block(
        where=where,
        commands=commands,
        section=int(said.get("section", 0)),
        machine=said.get("on", "old"),
        not_run=said.pop("not run", ""),
    )


def _undented(part: re.Match[str]) -> str:
    lines = part["body"].splitlines(keepends=True)
    return "".join(line.removeprefix(part["indent"]) for line in lines)


def looks_like(shown: str, printed: str) -> bool:
    """Whether what was printed has the shape of what the page shows."""
    return re.fullmatch("".join(_pattern(shown.strip())), printed.strip(), re.DOTALL) is not None


def _pattern(shown: str) -> Iterator[str]:
    for piece in re.split(r"(…|\d+|\s+)", shown):
        if piece == "…":
            yield ".*?"
        elif piece.isdigit():
            yield r"\d+"
        elif piece.isspace():
            yield r"\s+"
        else:
            yield re.escape(piece)
