"""The same view as a file: workbook, CSV or PDF, by the address of the page.

A file is whole before its first byte leaves: what fails is an error page, never half a file, and
whoever reads slowly holds no connection of the database. It goes to disk row by row, so memory
stays flat, and its length is told, so that a download that breaks off does not look whole.
"""

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Final, Literal

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from asm.accounts.access import Scope
from asm.accounts.own.step_up import require_step_up
from asm.analytics.exports.csv_file import Separator, csv_end, csv_head, csv_pieces
from asm.analytics.exports.export_table import MOST_SHEET_ROWS, About, ExportTable
from asm.analytics.exports.figure_tables import columns, tables_of
from asm.analytics.exports.figures_pdf import figures_pdf
from asm.analytics.exports.gate_table import gate_table
from asm.analytics.exports.origin_nights import copy_origin_nights
from asm.analytics.exports.workbook import rows_of_csv, write_workbook
from asm.analytics.questions.area import own_area
from asm.analytics.questions.figures import Figures
from asm.audit.trail import record
from asm.errors import TooMany, invalid_field
from asm.web.figures.choices import code_labels, labels_in
from asm.web.figures.figures_page import TYPED
from asm.web.figures.file_about import about_file
from asm.web.figures.filters import FigureFilter, FigureView, TypedFilter, read_filter
from asm.web.figures.sent_file import Slot, send_file
from asm.web.figures.views import answers_of, gates_beside
from asm.web.page import WebRequest
from asm.web.page_texts import language_of
from asm.web.setup import AS_IT_IS

FileEnding = Literal["xlsx", "csv", "pdf"]
_MEDIA: Final[Mapping[FileEnding, str]] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "pdf": "application/pdf",
}
#: The finest rows, which no page shows: the database writes them.
FINEST: Final = "origin_nights"
_FINEST_COLUMNS: Final = (
    "night", "ward_code", "ward", "kind", "residence_code", "residence", "reason", "tourism",
    "arrivals", "guest_nights",
)  # fmt: skip
#: A CSV file is one table: the one that its view is about.
_MAIN_TABLE: Final[Mapping[FigureView, str]] = {
    "overview": "nights", "origins": "origins", "season": "calendar", "labour": "kinds",
}  # fmt: skip
#: Long files that are written at once in a process: each holds a connection for seconds.
_AT_ONCE: Final = asyncio.Semaphore(2)
_BUSY_S: Final = 10
_FILE: Final = {AS_IT_IS: True}


class _Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is to be made: its view, what it says of itself, and its tables."""

    scope: Scope
    only: FigureFilter
    about: About
    tables: list[ExportTable]
    finest: bool
    language: str
    separator: Separator


@get("/figures.xlsx", include_in_schema=False, dependencies=TYPED, opt=_FILE)
async def figures_workbook(
    request: WebRequest,
    in_scope: NamedDependency[Scope],
    typed: NamedDependency[TypedFilter],
    table: FromQuery[str] = "",
) -> Response[Any]:
    """Every table of the view, in the page's order."""
    wanted = await _wanted(request, in_scope, typed, table)
    return await _file(wanted, "xlsx")


@get("/figures.csv", include_in_schema=False, dependencies=TYPED, opt=_FILE)
async def figures_csv(
    request: WebRequest,
    in_scope: NamedDependency[Scope],
    typed: NamedDependency[TypedFilter],
    table: FromQuery[str] = "",
    separator: FromQuery[Separator] = "comma",
) -> Response[Any]:
    """One table of the view."""
    main = table or _MAIN_TABLE[typed.view]
    wanted = await _wanted(request, in_scope, typed, main, separator)
    return await _file(wanted, "csv")


@get("/figures.pdf", include_in_schema=False, dependencies=TYPED, opt=_FILE)
async def figures_paper(
    request: WebRequest,
    in_scope: NamedDependency[Scope],
    typed: NamedDependency[TypedFilter],
    table: FromQuery[str] = "",
) -> Response[Any]:
    """Every table of the view, to be printed."""
    wanted = await _wanted(request, in_scope, typed, table)
    return await _file(wanted, "pdf")


async def _wanted(
    request: WebRequest,
    scope: Scope,
    typed: TypedFilter,
    table: str,
    separator: Separator = "comma",
) -> _Wanted:
    """Raises as the page's questions do, StepUpRequired, Invalid `table_unknown`."""
    require_step_up(scope.actor)
    only = read_filter(typed, await own_area(scope), scope.actor.now)
    labels = labels_in(language_of(request))
    answers = await answers_of(scope, only)
    tables = tables_of(answers, labels)
    gates = await gates_beside(scope, only)
    if gates and isinstance(answers[0], Figures):
        tables.append(gate_table(gates, answers[0].nights, labels))
    known = [each.id for each in tables]
    if table and table not in (*known, FINEST):
        known_here = ", ".join([*known, FINEST])
        raise invalid_field("/table", "table_unknown", known=known_here)
    return _Wanted(
        scope=scope,
        only=only,
        about=about_file(scope.actor, only, answers[0], labels, gates=bool(gates)),
        tables=[each for each in tables if table in ("", each.id)],
        finest=table == FINEST,
        language=labels.language,
        separator=separator,
    )


async def _file(wanted: _Wanted, ending: FileEnding) -> Response[Any]:
    slot = Slot(wanted.scope.actor.id)
    with tempfile.TemporaryDirectory(prefix="asm-figures-") as folder:
        path = Path(folder) / f"figures.{ending}"
        if wanted.finest:
            await _finest(wanted, path, ending)
        else:
            await _write_down(wanted, ending)
            await asyncio.to_thread(_write, wanted, wanted.tables, path, ending)
        # Open, it stays readable when its folder is gone.
        return send_file(path.open("rb"), slot, _name(wanted.only, ending), _MEDIA[ending])


def _write(wanted: _Wanted, tables: list[ExportTable], path: Path, ending: FileEnding) -> None:
    match ending:
        case "xlsx":
            write_workbook(tables, wanted.about, path)
        case "pdf":
            path.write_bytes(figures_pdf(tables, wanted.about, wanted.language))
        case "csv":
            with path.open("wb") as file:
                for piece in csv_pieces(tables[0], wanted.about, wanted.separator):
                    file.write(piece)


async def _finest(wanted: _Wanted, path: Path, ending: FileEnding) -> None:
    """The database's own rows: as they are for CSV, put into a sheet or on paper if few enough."""
    if _AT_ONCE.locked():
        raise TooMany("exports_busy", retry_after_s=_BUSY_S, seconds=_BUSY_S)
    labels = labels_in(wanted.language)
    head = columns(labels, *_FINEST_COLUMNS)
    async with _AT_ONCE:
        if ending == "csv":
            with path.open("wb") as file:
                file.write(csv_head(head, wanted.separator))
                rows = await _copy(wanted, file, wanted.separator)
                file.write(csv_end(wanted.about, rows, wanted.separator))
            await _write_down(wanted, ending, rows)
            return
        source = path.with_suffix(".rows")
        with source.open("wb") as file:
            # One more than a sheet may have says enough.
            rows = await _copy(wanted, file, "comma", MOST_SHEET_ROWS + 1)
        if rows > MOST_SHEET_ROWS:
            raise invalid_field("/last", "export_too_long_for_sheet", most=MOST_SHEET_ROWS)
        await _write_down(wanted, ending, rows)
        sheet = ExportTable(
            id=FINEST,
            title=labels.of(f"table.{FINEST}"),
            columns=head,
            rows=rows_of_csv(source, head),
        )
        await asyncio.to_thread(_write, wanted, [sheet], path, ending)


async def _copy(
    wanted: _Wanted, file: IO[bytes], separator: Separator, most: int | None = None
) -> int:
    async def keep(piece: bytes) -> None:
        file.write(piece)

    return await copy_origin_nights(
        wanted.scope,
        wanted.only.area,
        wanted.only.span,
        wanted.only.narrowing,
        code_labels(wanted.language),
        output=keep,
        separator=separator,
        most=most,
    )


async def _write_down(wanted: _Wanted, ending: FileEnding, rows: int | None = None) -> None:
    """Who took which figures along; then no connection is kept from others while it is made."""
    actor, only = wanted.scope.actor, wanted.only
    await record(
        wanted.scope.session,
        actor_id=actor.id,
        actor_role=actor.role,
        action="figures.exported",
        ward_code=only.area.code if only.area.kind == "ward" else None,
        details={
            "area": str(only.area),
            "view": FINEST if wanted.finest else only.view,
            "form": ending,
            "first": only.span.first.isoformat(),
            "last": only.span.last.isoformat(),
            "rows": rows,
        },
    )
    await wanted.scope.session.commit()


def _name(only: FigureFilter, ending: FileEnding) -> str:
    area = str(only.area).replace(":", "-")
    return f"asm-{only.view}-{area}-{only.span.first}-{only.span.last}.{ending}"
