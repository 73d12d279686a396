"""Which cells of a release are hidden: those below ten, and as many more as keep those from being
worked out or narrowed.

1. Small cells are hidden (`LinkedCounts.small`).
2. `HiddenReach` looks, as a reader would, how far every hidden count can move.
3. For one that cannot move far enough, the cheapest change of the whole system in which it does is
   asked for; what must change for it is hidden too. Then again from 2.
4. First within each province, where programmes are small, then over everything at once, since the
   country's totals join the provinces.
5. All of it first against readers who know the houses (`LinkedCounts.as_locals_know`), then against
   those who do not: what the former know is a secret towards the latter.

A count below ten may be anything from 0 to 10 as far as readers can tell; any other hidden one lies
somewhere in an interval at least ten wide. All hidden cells carry one mark: told apart, they would
narrow each other.
"""

from collections.abc import Mapping
from typing import Final

from asm.analytics.published.reach import NEARLY, WIDTH, HiddenReach, matrix, solve
from asm.analytics.published.sums import SMALLEST_SHOWN, CannotHideError, LinkedCounts

#: What changes within a hidden cell costs nearly nothing; what makes a shown one hidden, its price.
_FREE: Final = 1e-4


def protect(
    sums: LinkedCounts,
    blocks: Mapping[str, set[str]],
    prices: Mapping[str, float],
    *,
    hidden: set[str] | None = None,
    fixed: bool = False,
) -> set[str]:
    """The cells to hide. `blocks`: names of counts that are looked at by themselves first;
    `prices`: how dear each cell is to its readers (1 where it says nothing); `hidden`: what is
    hidden in any case. `fixed`: beyond that and the small cells nothing may be hidden, as for a
    release that corrects an earlier one, whose shown cells everybody knows.

    Raises CannotHideError when `fixed`, ValueError for a system whose equations do not hold.
    """
    sums.check()
    cells = sums.small() | (hidden or set())
    if fixed:
        if narrowed(sums, cells):
            raise CannotHideError
        return cells
    known = sums.as_locals_know()
    for names in blocks.values():
        part = known.part(names)
        here = cells & {count.cell for count in part.counts.values()}
        cells |= _hide_more(part, here, prices)
    cells |= _hide_more(known, cells, prices)
    return cells if known == sums else _hide_more(sums, cells, prices)


def narrowed(sums: LinkedCounts, cells: set[str]) -> bool:
    """Whether, with these cells hidden, any reader can narrow a count too far."""
    known = sums.as_locals_know()
    return bool(HiddenReach(known, cells).look()) or (
        known != sums and bool(HiddenReach(sums, cells).look())
    )


def _hide_more(sums: LinkedCounts, cells: set[str], prices: Mapping[str, float]) -> set[str]:
    reach = HiddenReach(sums, cells)
    while left := reach.look_at_many():
        for name, direction in left:
            if name not in _narrowed(reach, direction):
                continue  # what was hidden for another helped
            solution = _cheapest(reach, name, direction, prices)
            moved = {
                sums.counts[each].cell
                for each, value in solution.items()
                if abs(value - sums.counts[each].value) > NEARLY
            }
            reach.hide(moved)
            reach.note({each: solution[each] for each in reach.names})
    return reach.hidden_cells


def _narrowed(reach: HiddenReach, direction: int) -> list[str]:
    return reach.open_upwards() if direction > 0 else reach.open_downwards()


def _cheapest(
    reach: HiddenReach, name: str, direction: int, prices: Mapping[str, float]
) -> dict[str, float]:
    """Values of all counts that fulfil all equations, with `name` as far off as is wanted, for the
    least sum of change times price of what is shown so far. The first half of the variables is how
    far each count goes up, the second how far it goes down.
    """
    sums = reach.sums
    direction, wanted = _wanted(reach, name, direction)
    index = {each: position for position, each in enumerate(sums.counts)}
    width = len(index)
    equal = [
        {index[total]: -1.0} | {index[part]: 1.0 for part in parts} for total, parts in sums.totals
    ]
    at_most = [{index[less]: 1.0, index[more]: -1.0} for less, more in sums.within]
    costs = [
        _FREE if count.cell in reach.hidden_cells else prices.get(count.cell, 1.0)
        for count in sums.counts.values()
    ]
    bounds: list[tuple[float | None, float | None]] = [
        (0.0, float(sums.limits[each] - count.value) if each in sums.limits else None)
        for each, count in sums.counts.items()
    ]
    bounds += [(0.0, float(count.value)) for count in sums.counts.values()]
    at, opposite = index[name], width + index[name]
    if direction < 0:
        at, opposite = opposite, at
    bounds[at], bounds[opposite] = (wanted, bounds[at][1]), (0.0, 0.0)
    moved = solve(
        costs + costs,
        matrix([_both_ways(row, width) for row in equal], 2 * width),
        matrix([_both_ways(row, width) for row in at_most], 2 * width),
        [float(sums.counts[more].value - sums.counts[less].value) for less, more in sums.within],
        bounds,
    )
    return {
        each: sums.counts[each].value + moved[position] - moved[width + position]
        for each, position in index.items()
    }


def _wanted(reach: HiddenReach, name: str, direction: int) -> tuple[int, float]:
    """In which direction and how far a count is to move from its true value."""
    value = reach.sums.counts[name].value
    if value < SMALLEST_SHOWN:
        return direction, reach.wanted_most(name) - value if direction > 0 else float(value)
    wanted = WIDTH - (value - reach.least[name])
    if value + wanted > reach.sums.limits.get(name, value + wanted):
        return -1, WIDTH - (reach.most[name] - value)
    return 1, wanted


def _both_ways(row: dict[int, float], width: int) -> dict[int, float]:
    return row | {width + column: -value for column, value in row.items()}
