"""Say the ward of every point of a file, and how many could be told."""

import asyncio
import csv
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from asm.errors import remedy
from asm.geo.areas.assign import Assigned, assign_points
from asm.geo.areas.point_file import PointFile, read_point_file
from asm.geo.areas.wards import require_areas

POINT_NOT_READ = "point_unreadable"
BATCH = 100_000
_ADDED = ("ward_code", "ward_also_in", "ward_distance_m", "ward_problem")


class AssignReport(msgspec.Struct, frozen=True, kw_only=True):
    """`rows` = `assigned` + the counts of `problems` (by code, with the first line that has it).
    `on_border`: assigned by the rule of the lowest code; `near`: outside every ward, within 1 km;
    `approximate`: by a rough cell. `remedy`: what to do when most points are exchanged.
    """

    rows: int
    assigned: int
    on_border: int
    near: int
    approximate: int
    wards: int
    problems: dict[str, int]
    first_line: dict[str, int]
    remedy: str | None = None
    remedy_en: str | None = None


async def assign_file(
    session: AsyncSession,
    path: Path,
    out: Path | None = None,
    *,
    exchange: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> AssignReport:
    """Assign every row of a CSV file; with `out`, write the rows there with four columns more.

    Raises Invalid as `read_point_file` does, or `areas_missing`. `progress(done, total)`
    is called per batch.
    """
    file = await asyncio.to_thread(read_point_file, path, exchange=exchange)
    await require_areas(session)
    answers: list[Assigned] = [Assigned(problem=POINT_NOT_READ)] * len(file.rows)
    readable = [(n, point) for n, point in enumerate(file.points) if point is not None]
    for start in range(0, len(readable), BATCH):
        batch = readable[start : start + BATCH]
        assigned = await assign_points(session, [point for _, point in batch])
        for (n, _), answer in zip(batch, assigned, strict=True):
            answers[n] = answer
        if progress:
            progress(start + len(batch), len(readable))
    if out is not None:
        await asyncio.to_thread(_write, out, file, answers)
    return _report(answers)


def _report(answers: Sequence[Assigned]) -> AssignReport:
    problems = Counter(answer.problem for answer in answers if answer.problem)
    # The header is line 1.
    lines = {
        answer.problem: n for n, answer in reversed(list(enumerate(answers, 2))) if answer.problem
    }
    exchanged = 2 * problems["coordinates_swapped"] > len(answers)
    helps = remedy("columns_exchanged") if exchanged else {}
    return AssignReport(
        rows=len(answers),
        assigned=sum(answer.ward_code is not None for answer in answers),
        on_border=sum(bool(answer.also_in) for answer in answers),
        near=sum(answer.distance_m is not None for answer in answers),
        approximate=sum(answer.approximate for answer in answers),
        wards=len({answer.ward_code for answer in answers} - {None}),
        problems=dict(problems),
        first_line=lines,
        remedy=helps.get("remedy"),
        remedy_en=helps.get("remedy_en"),
    )


def _write(out: Path, file: PointFile, answers: Sequence[Assigned]) -> None:
    with out.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened, delimiter=file.delimiter, lineterminator="\n")
        writer.writerow([*file.header, *_ADDED])
        for row, answer in zip(file.rows, answers, strict=True):
            padded = row + [""] * (len(file.header) - len(row))
            distance = "" if answer.distance_m is None else f"{answer.distance_m:.0f}"
            also = " ".join(answer.also_in)
            writer.writerow([*padded, answer.ward_code or "", also, distance, answer.problem or ""])
