"""A line chart as SVG, without a library: enough for rates and latencies over time."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 820, 300, 64, 16, 34, 46
COLOURS = ("#1f5fa8", "#c2410c", "#15803d", "#7c3aed", "#64748b")


@dataclass(frozen=True)
class Line:
    """Points of one colour; `dots` marks each of them."""

    name: str
    points: Sequence[tuple[float, float]]
    dashed: bool = False
    dots: bool = False


@dataclass(frozen=True)
class Axis:
    """What an axis is called, and how its values are written."""

    name: str
    write: Callable[[float], str] = "{:,.0f}".format
    log: bool = False


def chart(title: str, lines: Sequence[Line], x: Axis, y: Axis) -> str:
    """The SVG document."""
    points = [point for line in lines for point in line.points]
    if not points:
        return ""
    low_x, high_x = min(p[0] for p in points), max(p[0] for p in points)
    values = [p[1] for p in points if p[1] > 0 or not y.log]
    low_y = 10 ** math.floor(math.log10(min(values))) if y.log else 0.0
    high_y = max(values) * 1.05 or 1.0
    if y.log:
        high_y = 10 ** math.ceil(math.log10(max(values)))

    def at(point: tuple[float, float]) -> tuple[float, float]:
        share_x = (point[0] - low_x) / ((high_x - low_x) or 1)
        if y.log:
            value = max(point[1], low_y)
            share_y = math.log(value / low_y) / (math.log(high_y / low_y) or 1)
        else:
            share_y = (point[1] - low_y) / ((high_y - low_y) or 1)
        return (
            LEFT + share_x * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - share_y * (HEIGHT - TOP - BOTTOM),
        )

    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'font-family="sans-serif" font-size="12"><title>{escape(title)}</title>'
        ),
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="18" font-size="14" font-weight="bold">{escape(title)}</text>',
    ]
    parts += _grid(at, (low_x, high_x), _steps(low_y, high_y, log=y.log), x, y)
    for number, line in enumerate(lines):
        parts += _line(line, COLOURS[number % len(COLOURS)], at)
    parts += _legend(lines)
    return "\n".join(parts) + "\n</svg>\n"


At = Callable[[tuple[float, float]], tuple[float, float]]


def _steps(low: float, high: float, *, log: bool) -> list[float]:
    if log:
        return [10**n for n in range(round(math.log10(low)), round(math.log10(high)) + 1)]
    rough = (high - low) / 5 or 1
    unit = 10 ** math.floor(math.log10(rough))
    step = next(n * unit for n in (1, 2, 5, 10) if n * unit >= rough)
    return [low + n * step for n in range(int((high - low) / step) + 1)]


def _grid(
    at: At, across: tuple[float, float], steps: Sequence[float], x: Axis, y: Axis
) -> list[str]:
    low_x, high_x = across
    parts = []
    for value in steps:
        left, height = at((low_x, value))
        parts.append(
            f'<line x1="{left:.0f}" x2="{WIDTH - RIGHT}" y1="{height:.1f}" y2="{height:.1f}" '
            f'stroke="#e2e8f0"/><text x="{left - 6:.0f}" y="{height + 4:.1f}" text-anchor="end">'
            f"{escape(y.write(value))}</text>"
        )
    for number in range(7):
        value = low_x + (high_x - low_x) * number / 6
        position = at((value, steps[0]))[0]
        parts.append(
            f'<text x="{position:.0f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">'
            f"{escape(x.write(value))}</text>"
        )
    parts.append(
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 10}" text-anchor="middle" '
        f'fill="#475569">{escape(x.name)} · {escape(y.name)}</text>'
    )
    return parts


def _line(line: Line, colour: str, at: At) -> list[str]:
    placed = [at(point) for point in line.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
    dash = ' stroke-dasharray="6 4"' if line.dashed else ""
    parts = [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.6"{dash}/>']
    if line.dots:
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in placed]
    return parts


def _legend(lines: Sequence[Line]) -> list[str]:
    parts, position = [], WIDTH - RIGHT
    for number, line in reversed(list(enumerate(lines))):
        position -= 22 + 7 * len(line.name)
        colour = COLOURS[number % len(COLOURS)]
        parts.append(
            f'<rect x="{position}" y="10" width="10" height="10" fill="{colour}"/>'
            f'<text x="{position + 14}" y="19">{escape(line.name)}</text>'
        )
    return parts
