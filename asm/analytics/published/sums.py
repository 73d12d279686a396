"""Counts that are published together, and every equation that readers know to hold among them.

Pure. What is protected is this system as a whole, not table by table: a total that stands in two
tables is one count here, and a rate beside what it divides is the count that it gives away.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

#: Below it a count is not shown (the police's figures are exact; these are everybody's).
SMALLEST_SHOWN: Final = 10


class CannotHideError(Exception):
    """With what may still be hidden, a small cell cannot be protected."""


class TrueCount(msgspec.Struct, frozen=True):
    """One true count. `cell`: counts with the same cell are shown or hidden together. `latent`: it
    is never shown, but could be worked out, and so is protected too. `loose`: it need not be.
    """

    value: int
    cell: str
    latent: bool = False
    loose: bool = False


class LinkedCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The system. `counts` by name; `totals`: the first of each is the sum of the others; `within`:
    the first of each pair is at most the second (arrivals and guest nights of one cell); `limits`:
    what a count is at most, as everybody knows; `guessable`: counts of zero that readers may know
    to be zero, or may not.
    """

    counts: dict[str, TrueCount]
    totals: list[tuple[str, tuple[str, ...]]]
    within: list[tuple[str, str]] = []
    limits: dict[str, int] = {}
    guessable: frozenset[str] = frozenset()

    def check(self) -> None:
        """Raise ValueError for an equation that the true counts do not fulfil."""
        for total, parts in self.totals:
            if self.counts[total].value != sum(self.counts[part].value for part in parts):
                raise ValueError(f"{total} is not the sum of its parts")
        for less, more in self.within:
            if self.counts[less].value > self.counts[more].value:
                raise ValueError(f"{less} is more than {more}")
        for name, most in self.limits.items():
            if self.counts[name].value > most:
                raise ValueError(f"{name} is more than {most}")

    def as_locals_know(self) -> "LinkedCounts":
        """The same for readers who know what is `guessable`. Latent counts from SMALLEST_SHOWN on
        are loose for them: they may work out what might be shown.
        """
        return LinkedCounts(
            counts={
                name: TrueCount(
                    count.value,
                    count.cell,
                    latent=count.latent,
                    loose=count.latent and count.value >= SMALLEST_SHOWN,
                )
                for name, count in self.counts.items()
                if name not in self.guessable
            },
            totals=[
                (total, tuple(part for part in parts if part not in self.guessable))
                for total, parts in self.totals
            ],
            within=self.within,
            limits=self.limits,
        )

    def small(self) -> set[str]:
        """The cells that hold a count below SMALLEST_SHOWN, and those that are never shown."""
        return {
            count.cell
            for count in self.counts.values()
            if count.latent or count.value < SMALLEST_SHOWN
        }

    def part(self, names: Iterable[str]) -> "LinkedCounts":
        """The counts called so, and the equations that stand among them alone."""
        kept = set(names)
        return LinkedCounts(
            counts={name: count for name, count in self.counts.items() if name in kept},
            totals=[
                (total, parts)
                for total, parts in self.totals
                if total in kept and kept.issuperset(parts)
            ],
            within=[pair for pair in self.within if kept.issuperset(pair)],
            limits={name: most for name, most in self.limits.items() if name in kept},
        )
