"""A table of figures that leaves as a file, and what the file says of itself."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final, Literal

import msgspec

Cell = str | int | float | date | None
#: What a column holds: `whole` counts, `rate` has decimals, `day` is a date, all else is text.
Content = Literal["text", "whole", "rate", "day"]
#: Excel holds a million; more than these take it a minute to open, and us as long to write.
MOST_SHEET_ROWS: Final = 200_000


class ExportColumn(msgspec.Struct, frozen=True):
    """A column's `label`, and what it holds."""

    label: str
    content: Content = "text"


class ExportTable(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is its name in addresses, `title` the sheet's (31 characters of it); rows have a cell
    for each column, and may come one by one.
    """

    id: str
    title: str
    columns: Sequence[ExportColumn]
    rows: Iterable[Sequence[Cell]]


class Said(msgspec.Struct, frozen=True):
    """One line of what a file says of itself, such as its area or a definition."""

    label: str
    text: str


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What the file is: its `title`, then who it is of, when it was made, what it was narrowed to,
    how sure it is, and each measure's definition. `rows_label` and `end` close a file, so that one
    that was cut off does not look whole.
    """

    title: str
    lines: Sequence[Said]
    definitions: Sequence[Said]
    about_label: str
    definitions_label: str
    rows_label: str
    end: str
