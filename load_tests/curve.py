"""The evening as a curve: which share of the night's declarations is made when.

40 % of the guests arrive between 21:00 and 23:00, 12 % are declared in the last quarter of an hour
before 23:00, and a second, smaller peak runs 07:45-08:00 (docs/capacity.md).
"""

from itertools import pairwise

#: Minutes after 18:00, and the declarations per minute then as a share of the rush's.
RUSH = (285, 300)
MORNING = (825, 840)
_POINTS = (
    (0, 0.125), (60, 0.167), (120, 0.25), (180, 0.31), (240, 0.36), (284, 0.42), (285, 1.0),
    (300, 1.0), (301, 0.12), (360, 0.08), (795, 0.08), (824, 0.12), (825, 0.33), (840, 0.33),
    (841, 0.05), (855, 0.05),
)  # fmt: skip
#: The night between is left out of a compressed evening: nothing happens in it.
PARTS = ((0, 360), (795, 855))
LENGTH = sum(end - start for start, end in PARTS)


def minute_at(share: float) -> float:
    """The minute after 18:00 at `share` (0 to 1) of the compressed evening."""
    passed = min(max(share, 0.0), 1.0) * LENGTH
    for start, end in PARTS:
        if passed <= end - start:
            return start + passed
        passed -= end - start
    return float(PARTS[-1][1])


def intensity(minute: float) -> float:
    """The rate at a minute after 18:00, as a share of the rush's (0 to 1)."""
    for (start, low), (end, high) in pairwise(_POINTS):
        if start <= minute <= end:
            return low + (high - low) * (minute - start) / (end - start)
    return 0.0


def clock(minute: float) -> str:
    hours, minutes = divmod(int(18 * 60 + minute), 60)
    return f"{hours % 24:02}:{minutes:02}"
