"""Where the lines, columns and shades of a chart stand: pure, in per cent of the drawing, so that
only lines are stretched and letters never are.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import floor, log10
from typing import Final

import msgspec

Values = Sequence[float | None]
#: Names below a chart: more would run into each other on a phone.
_NAMES: Final = 5
_SHADES: Final = 4
#: Where the drawing begins below the title: the letters of its uppermost line and of its peak stand
#: above that line.
HEAD: Final = 11.0
#: Where it ends: names stand below it.
DEPTH: Final = 88.0
#: From where on the drawing stands: the values of its lines are written before it.
GUTTER: Final = 9.0
#: Of 100, what a column leaves free to the next.
_GAP: Final = 0.25


class Tick(msgspec.Struct, frozen=True):
    """A line across the chart at `top` per cent, and the value that it stands for."""

    top: float
    value: float


class AxisName(msgspec.Struct, frozen=True):
    """A name below the chart, `left` per cent from its edge; `anchor` as SVG has it."""

    left: float
    text: str
    anchor: str


class Peak(msgspec.Struct, frozen=True):
    """The value that is written at its own spot."""

    left: float
    top: float
    value: float
    text: str
    anchor: str


class ChartColumn(msgspec.Struct, frozen=True):
    """One column; `open` while its figure is provisional."""

    left: float
    top: float
    width: float
    height: float
    open: bool


class Drawing(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A chart; what of it nobody draws is never worked out."""

    across: "_Across"
    labels: Sequence[str]
    values: Values
    second_values: Values
    low: Values
    high: Values
    provisional: int
    ticks: list[Tick]

    @cached_property
    def lines(self) -> list[str]:
        """The pieces between values that are not known, as SVG's points."""
        return self.across.pieces(self.values)

    @cached_property
    def second(self) -> list[str]:
        """The same of the further line."""
        return self.across.pieces(self.second_values)

    @cached_property
    def band(self) -> str:
        """What is usual, as SVG's points around it."""
        return self.across.band(self.low, self.high)

    @cached_property
    def columns(self) -> list[ChartColumn]:
        """A column for each value that is known."""
        return self.across.columns(self.values, self.provisional)

    @cached_property
    def names(self) -> list[AxisName]:
        """Of some of the labels, below the chart."""
        return self.across.names(self.labels)

    @cached_property
    def peak(self) -> Peak | None:
        """The value that is written beside its spot."""
        return self.across.peak(self.labels, self.values)


def drawing(
    labels: Sequence[str],
    values: Values,
    *,
    second: Values = (),
    low: Values = (),
    high: Values = (),
    from_zero: bool = True,
    provisional: int = 0,
) -> Drawing:
    """A line or columns over `labels`. `low` and `high` are the band that is usual, `second` a
    further line, the last `provisional` values are not final.
    """
    known = [
        value for series in (values, second, low, high) for value in series if value is not None
    ]
    bottom, step, top = _bounds(known, from_zero=from_zero)
    across = _Across(len(labels), bottom, top)
    return Drawing(
        across=across,
        labels=labels,
        values=values,
        second_values=second,
        low=low,
        high=high,
        provisional=provisional,
        ticks=[Tick(_lower(across.y(value)), value) for value in _steps(bottom, step, top)],
    )


def spark(values: Values) -> list[str]:
    """A line without axes, as the points of its pieces: its own least and most are its bounds."""
    known = [value for value in values if value is not None]
    if not known:
        return []
    least, most = min(known), max(known)
    if least == most:
        least, most = least - 1, most + 1
    return _Across(len(values), least, most).pieces(values)


def shade(value: float | None, most: float, least: float = 0) -> int:
    """0 for nothing, then 1 to 4 by where `value` lies from `least` to `most`."""
    if not value or most <= 0:
        return 0
    share = (value - least) / (most - least) if most > least else 1
    return max(1, min(_SHADES, floor(share * _SHADES - 1e-9) + 1))


def smallest(values: Sequence[float | None]) -> float:
    """The smallest of the values that are known, or 0."""
    return min((value for value in values if value is not None), default=0)


def greatest(values: Sequence[float | None]) -> float:
    """The greatest of the values that are known, or 0."""
    return max((value for value in values if value is not None), default=0)


def share_of(value: float | None, most: float) -> float:
    """How long a bar is, in per cent of the longest."""
    return 0.0 if not value or most <= 0 else round(100 * value / most, 1)


def _bounds(known: Sequence[float], *, from_zero: bool) -> tuple[float, float, float]:
    """The least line, the distance of lines, the uppermost: round numbers around the values."""
    if not known:
        return 0.0, 1.0, 1.0
    least, most = min(known), max(known)
    if from_zero or least == most:
        least = min(0.0, least)
    step = _even_step((most - least) / 3 or 1.0)
    bottom = floor(least / step + 1e-9) * step
    top = bottom
    while top < most - step * 1e-6:
        top += step
    return bottom, step, top if top > bottom else bottom + step


def _even_step(raw: float) -> float:
    """1, 2, 2.5 or 5 times a power of ten, not below `raw`; people are counted in whole."""
    power = 10.0 ** floor(log10(raw))
    return float(
        next(power * mantissa for mantissa in (1, 2, 2.5, 5, 10) if power * mantissa >= raw)
    )


def _steps(bottom: float, step: float, top: float) -> list[float]:
    count = round((top - bottom) / step)
    return [round(bottom + step * number, 6) for number in range(count + 1)]


class _Across:
    """The ground of one chart: `count` values side by side between two bounds."""

    def __init__(self, count: int, bottom: float, top: float) -> None:
        self._count = count
        self._bottom = bottom
        self._height = top - bottom

    def x(self, number: int) -> float:
        """The middle of a value's own strip: lines and columns stand alike."""
        return round((number + 0.5) * 100 / max(self._count, 1), 2)

    def y(self, value: float) -> float:
        return round(100 - (value - self._bottom) * 100 / self._height, 2)

    def pieces(self, values: Values) -> list[str]:
        pieces: list[list[str]] = [[]]
        for number, value in enumerate(values):
            if value is None:
                pieces.append([])
            else:
                pieces[-1].append(f"{self.x(number)},{self.y(value)}")
        return [" ".join(piece) for piece in pieces if piece]

    def band(self, low: Values, high: Values) -> str:
        both = [
            (self.x(number), self.y(least), self.y(most))
            for number, (least, most) in enumerate(zip(low, high, strict=True))
            if least is not None and most is not None
        ]
        upper = [f"{x},{most}" for x, _, most in both]
        lower = [f"{x},{least}" for x, least, _ in reversed(both)]
        return " ".join(upper + lower)

    def columns(self, values: Values, provisional: int) -> list[ChartColumn]:
        width = 100 / max(self._count, 1)
        return [
            ChartColumn(
                left=round(number * width + width * _GAP / 2, 2),
                top=self.y(max(value, 0)),
                width=round(width * (1 - _GAP), 2),
                height=round(self.y(min(value, 0)) - self.y(max(value, 0)), 2),
                open=number >= self._count - provisional,
            )
            for number, value in enumerate(values)
            if value is not None
        ]

    def names(self, labels: Sequence[str]) -> list[AxisName]:
        if not labels:
            return []
        last = len(labels) - 1
        shown = sorted({round(last * part / (_NAMES - 1)) for part in range(_NAMES)})
        return [
            AxisName(_outer(self.x(number)), labels[number], _anchor(self.x(number)))
            for number in shown
        ]

    def peak(self, labels: Sequence[str], values: Values) -> Peak | None:
        """The first of the greatest values, unless all are alike: then there is none to name."""
        known = [value for value in values if value is not None]
        if not known or max(known) == min(known):
            return None
        number = list(values).index(max(known))
        left, top = self.x(number), _lower(self.y(max(known)))
        return Peak(_outer(left), top, max(known), labels[number], _anchor(left))


def _outer(left: float) -> float:
    """Of the whole chart, what `left` is of the drawing."""
    return round(GUTTER + left * (100 - GUTTER) / 100, 2)


def _lower(top: float) -> float:
    """Of the whole chart, what `top` is of the drawing."""
    return round(HEAD + top * (DEPTH - HEAD) / 100, 2)


def _anchor(left: float) -> str:
    if left < 15:
        return "start"
    return "end" if left > 85 else "middle"


#: What the macros of charts draw with.
DRAWERS: Final[Mapping[str, object]] = {
    "drawing": drawing,
    "chart_head": HEAD,
    "chart_depth": DEPTH - HEAD,
    "spark_lines": spark,
    "shade": shade,
    "greatest": greatest,
    "smallest": smallest,
    "share_of": share_of,
}
