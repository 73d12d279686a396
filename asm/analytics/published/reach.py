"""What somebody who reads everything that is shown can say of a hidden count: the least and the
most that it may be. Linear programmes, solved by HiGHS.
"""

from collections.abc import Iterable, Mapping
from random import Random
from typing import Final

from scipy.optimize import linprog
from scipy.sparse import coo_array

from asm.analytics.published.sums import SMALLEST_SHOWN, LinkedCounts

#: How far apart the least and the most of every hidden count are at least.
WIDTH: Final = SMALLEST_SHOWN
#: What the solver may be off by; counts are whole.
NEARLY: Final = 1e-5
#: Programmes in a row that get no count further, before each is tried for itself.
_IN_VAIN: Final = 8


class HiddenReach:
    """What is known of the hidden counts of `sums` so far: for each a least and a most value that
    no shown figure excludes. Both come from whole solutions, so hiding more never takes one away.
    """

    def __init__(self, sums: LinkedCounts, hidden_cells: set[str]) -> None:
        self.sums = sums
        self.hidden_cells = set(hidden_cells)
        self.least: dict[str, float] = {}
        self.most: dict[str, float] = {}
        self._enter()

    def hide(self, cells: Iterable[str]) -> None:
        """Hide these cells too."""
        self.hidden_cells.update(cells)
        self._enter()

    def _enter(self) -> None:
        self.names = [
            name for name, count in self.sums.counts.items() if count.cell in self.hidden_cells
        ]
        for name in self.names:
            self.note({name: float(self.sums.counts[name].value)})

    def note(self, solution: Mapping[str, float]) -> None:
        """Values that the hidden counts might have, all at once."""
        for name, value in solution.items():
            self.least[name] = min(self.least.get(name, value), value)
            self.most[name] = max(self.most.get(name, value), value)

    def wanted_most(self, name: str) -> float:
        """How high a count must be able to be, whatever its least is: as high as everybody knows
        it to be at most, where that is less.
        """
        value = self.sums.counts[name].value
        wanted = SMALLEST_SHOWN if value < SMALLEST_SHOWN else self.least[name] + WIDTH
        if value < SMALLEST_SHOWN and name in self.sums.limits:
            return min(wanted, self.sums.limits[name])
        return wanted

    def open_upwards(self) -> list[str]:
        """Counts that nobody has shown yet to be possibly high enough."""
        return [
            name
            for name in self.names
            if not self.sums.counts[name].loose
            and self.most[name] < self.wanted_most(name) - NEARLY
        ]

    def open_downwards(self) -> list[str]:
        """Counts below SMALLEST_SHOWN that might, as far as is known, never be zero."""
        return [
            name
            for name in self.names
            if self.sums.counts[name].value < SMALLEST_SHOWN and self.least[name] > NEARLY
        ]

    def open_counts(self) -> list[tuple[str, int]]:
        """Counts that are narrowed or known as far as is known, each with the direction (+1, -1)
        in which it has not been seen to move far enough.
        """
        return [(name, 1) for name in self.open_upwards()] + [
            (name, -1) for name in self.open_downwards()
        ]

    def look(self) -> list[tuple[str, int]]:
        """`open_counts` after trying each for itself: what is left is narrowed or known."""
        self.look_at_many()
        left = self.open_counts()
        if left:
            programme = HiddenProgramme(self.sums, self.names)
            for name, direction in left:
                self.note(programme.push({name: float(direction)}, self._caps([name])))
        return self.open_counts()

    def look_at_many(self) -> list[tuple[str, int]]:
        """`open_counts` after pushing many at once, in random proportions (the same each time), as
        long as that gets any of them further: forty programmes where each for itself takes
        thousands.
        """
        programme = HiddenProgramme(self.sums, self.names)
        draw = Random(len(self.names))  # noqa: S311 -- no secret: any proportions do
        left, in_vain = self.open_counts(), 0
        while left and in_vain < _IN_VAIN:
            weights: dict[str, float] = {}
            for name, direction in left:
                small = self.sums.counts[name].value < SMALLEST_SHOWN
                either = 1.0 if small or draw.random() < 0.5 else -1.0
                weights.setdefault(name, direction * either * draw.expovariate(1.0))
            up = [name for name, weight in weights.items() if weight > 0]
            self.note(programme.push(weights, self._caps(up)))
            before, left = left, self.open_counts()
            in_vain = in_vain + 1 if len(left) == len(before) else 0
        return left

    def _caps(self, names: list[str]) -> dict[str, float]:
        return {
            name: max(self.wanted_most(name), float(self.sums.counts[name].value)) for name in names
        }


class HiddenProgramme:
    """The equations among the hidden counts, the shown ones put in. A variable is how far a hidden
    count is from its true value: so the truth, all zeros, is always a solution.
    """

    def __init__(self, sums: LinkedCounts, names: list[str]) -> None:
        self.values = [float(sums.counts[name].value) for name in names]
        self.index = {name: at for at, name in enumerate(names)}
        self.names = names
        self.limits = sums.limits
        equations = {
            tuple(sorted(row.items()))
            for total, parts in sums.totals
            if (row := self._row(total, parts))
        }
        self.equal = matrix([dict(row) for row in sorted(equations)], len(names))
        rows, self.room = [], []
        for less, more in sums.within:
            row = {
                self.index[name]: sign
                for name, sign in ((less, 1.0), (more, -1.0))
                if name in self.index
            }
            if row:
                rows.append(row)
                self.room.append(float(sums.counts[more].value - sums.counts[less].value))
        self.at_most = matrix(rows, len(names))

    def _row(self, total: str, parts: tuple[str, ...]) -> dict[int, float]:
        row = {self.index[part]: 1.0 for part in parts if part in self.index}
        if total in self.index:
            row[self.index[total]] = -1.0
        return row

    def push(self, weights: Mapping[str, float], caps: Mapping[str, float]) -> dict[str, float]:
        """Values that all hidden counts may have together, with the weighted sum of these as high
        as it gets, and none beyond its cap.
        """
        objective = [0.0] * len(self.names)
        for name, weight in weights.items():
            objective[self.index[name]] = -weight
        bounds: list[tuple[float | None, float | None]] = [
            (-value, None if most is None else most - value)
            for name, value in zip(self.names, self.values, strict=True)
            for most in [self._most(name, caps)]
        ]
        moved = solve(objective, self.equal, self.at_most, self.room, bounds)
        return {
            name: value + move
            for name, value, move in zip(self.names, self.values, moved, strict=True)
        }

    def _most(self, name: str, caps: Mapping[str, float]) -> float | None:
        ends = [float(each[name]) for each in (caps, self.limits) if name in each]
        return min(ends, default=None)


def matrix(rows: list[dict[int, float]], width: int) -> coo_array | None:
    """A sparse matrix; None without a row."""
    if not rows:
        return None
    entries = [(value, at, column) for at, row in enumerate(rows) for column, value in row.items()]
    values, lines, columns = zip(*entries, strict=True)
    return coo_array((values, (lines, columns)), shape=(len(rows), width))


def solve(
    objective: list[float],
    equal: coo_array | None,
    at_most: coo_array | None,
    room: list[float],
    bounds: list[tuple[float | None, float | None]],
) -> list[float]:
    """The variables at the least `objective`. Raises ValueError where the solver found none, which
    the true counts exclude.
    """
    answer = linprog(
        objective,
        A_ub=at_most,
        b_ub=room if at_most is not None else None,
        A_eq=equal,
        b_eq=[0.0] * equal.shape[0] if equal is not None else None,
        bounds=bounds,
        method="highs",
    )
    if answer.x is None:
        raise ValueError(f"the solver found no solution: {answer.message}")
    moved: list[float] = answer.x.tolist()
    return moved
