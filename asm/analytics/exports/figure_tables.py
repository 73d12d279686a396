"""The tables of each view of figures, from the answers that its page shows. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from asm.analytics.exports.export_table import Cell, Content, ExportColumn, ExportTable
from asm.analytics.questions.figures import Figures
from asm.analytics.questions.labour import Labour, MonthCount
from asm.analytics.questions.measures import AreaAnswer, NightFigures
from asm.analytics.questions.origins import Flows, OriginRow, Origins, Residence
from asm.analytics.seasons.calendar import SeasonCalendar
from asm.analytics.seasons.forecast import Forecast
from asm.locales.texts import text_in

_RATES: Final = frozenset(
    {"bed_net", "room_net", "mean_nights", "nights_percent", "residents", "shown", "model",
     "naive", "low", "high", "value"}
)  # fmt: skip
_DAYS: Final = frozenset({"night", "month", "day"})
_TEXTS: Final = frozenset(
    {"measure", "residence", "residence_code", "destination", "destination_code", "length",
     "holiday", "provisional", "ward", "ward_code", "kind", "reason", "gate"}
)  # fmt: skip
#: Of a night, in the order of the file.
_NIGHT_COUNTS: Final = (
    "arrivals", "guest_nights", "departures", "same_day", "hourly", "late", "active", "stayed",
    "said", "bed_nights_open", "known_nights", "room_nights_open", "rooms_occupied",
)  # fmt: skip


class Labels(msgspec.Struct, frozen=True, kw_only=True):
    """How codes are written for a reader: kinds, reasons and countries by their codes."""

    language: str
    kinds: Mapping[str, str]
    reasons: Mapping[int, str]
    country: Callable[[str], str]

    def of(self, text_id: str, **facts: object) -> str:
        """A text of the catalogue `exports`."""
        return text_in("exports", text_id, self.language, facts)

    def residence(self, residence: Residence) -> str:
        """The name of a province or country, or that it is not known."""
        if residence.kind == "country" and residence.code:
            return self.country(residence.code)
        return residence.name or self.of("about.unknown")

    def reason(self, code: int) -> str:
        """The reason's label; that none was given; else its code."""
        return self.reasons.get(code, str(code)) if code else self.of("about.no_reason")


def columns(labels: Labels, *names: str) -> list[ExportColumn]:
    """Columns by the ids of their texts (`column.NAME`)."""
    return [ExportColumn(labels.of(f"column.{name}"), _content(name)) for name in names]


def _content(name: str) -> Content:
    if name in _DAYS:
        return "day"
    if name in _RATES:
        return "rate"
    return "text" if name in _TEXTS else "whole"


def tables_of(answers: Iterable[AreaAnswer], labels: Labels) -> list[ExportTable]:
    """Every table of the answers, in their order."""
    tables: list[ExportTable] = []
    for answer in answers:
        match answer:
            case Figures():
                tables += [_sums(answer, labels), _nights(answer, labels)]
                tables += [_lengths(answer, labels)] if answer.lengths else []
            case Origins():
                tables.append(_origins(answer, labels))
            case Flows():
                tables.append(_flows(answer, labels))
            case SeasonCalendar():
                tables.append(_calendar(answer, labels))
            case Forecast() if answer.nights:
                tables.append(_forecast(answer, labels))
            case Labour():
                tables += _labour(answer, labels)
    return tables


def _table(
    name: str, labels: Labels, names: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> ExportTable:
    title = labels.of(f"table.{name}")
    return ExportTable(id=name, title=title, columns=columns(labels, *names), rows=list(rows))


def _sums(answer: Figures, labels: Labels) -> ExportTable:
    said = {
        **_known(answer.sums),
        **{_of_tourism(name): value for name, value in _known(answer.tourism).items()},
        **_known(answer.occupancy),
        **_known(answer.coverage),
        **_known(answer.lateness),
        **_known(answer.verified),
        "corrected_after": answer.corrected_after,
    }
    rows = [
        (labels.of(f"measure.{name}"), value) for name, value in said.items() if name in _MEASURES
    ]
    return _table("sums", labels, ["measure", "value"], rows)


#: What stands in the table of sums: no counts that only say how a rate came about.
_MEASURES: Final = frozenset(
    {"arrivals", "guest_nights", "mean_nights", "foreign_arrivals", "foreign_nights", "departures",
     "same_day", "hourly", "revisits", "tourism_arrivals", "tourism_nights", "tourism_mean",
     "excluded_arrivals", "excluded_nights", "bed_net_percent", "bed_gross_percent",
     "room_net_percent", "room_gross_percent", "unknown_nights", "stayed_percent", "said_percent",
     "late_percent", "unexcused_percent", "of_all_percent", "of_askable_percent",
     "corrected_after"}
)  # fmt: skip


def _of_tourism(name: str) -> str:
    return {
        "arrivals": "tourism_arrivals",
        "guest_nights": "tourism_nights",
        "mean_nights": "tourism_mean",
    }.get(name, name)


def _known(struct: msgspec.Struct | None) -> dict[str, Any]:
    if struct is None:
        return {}
    return {
        name: value for name, value in msgspec.structs.asdict(struct).items() if value is not None
    }


def rate(part: int | None, whole: int | None) -> float | None:
    """In per cent with one decimal, None where there is nothing to divide by."""
    return round(100 * part / whole, 1) if whole and part is not None else None


def _nights(answer: Figures, labels: Labels) -> ExportTable:
    rows = [
        (
            night.night,
            labels.of("about.yes") if night.provisional else "",
            *(getattr(night, name) for name in _NIGHT_COUNTS),
            *_rates(night),
        )
        for night in answer.nights
    ]
    names = ["night", "provisional", *_NIGHT_COUNTS, "bed_net", "room_net"]
    return _table("nights", labels, names, rows)


def _rates(night: NightFigures) -> tuple[float | None, float | None]:
    return (
        rate(night.known_nights, night.bed_nights_open),
        rate(night.rooms_occupied, night.room_nights_open),
    )


def _lengths(answer: Figures, labels: Labels) -> ExportTable:
    counts = _known(answer.lengths)
    rows = [(labels.of(f"length.{name}"), count) for name, count in counts.items()]
    return _table("lengths", labels, ["length", "arrivals"], rows)


def _origin_rows(rows: Iterable[OriginRow], labels: Labels) -> list[Sequence[Cell]]:
    return [
        (
            row.residence.key,
            labels.residence(row.residence),
            row.arrivals,
            row.guest_nights,
            row.mean_nights,
            row.nights_percent,
        )
        for row in rows
    ]


_ORIGIN_COLUMNS: Final = (
    "residence_code", "residence", "arrivals", "guest_nights", "mean_nights", "nights_percent",
)  # fmt: skip


def _origins(answer: Origins, labels: Labels) -> ExportTable:
    unknown = answer.unknown
    rows = _origin_rows(answer.rows, labels)
    if unknown.arrivals or unknown.guest_nights:
        name = labels.of("about.unknown")
        rows.append(("?", name, unknown.arrivals, unknown.guest_nights, None, None))
    return _table("origins", labels, _ORIGIN_COLUMNS, rows)


def _flows(answer: Flows, labels: Labels) -> ExportTable:
    rows = [
        (
            answer.origins[cell.origin].key,
            labels.residence(answer.origins[cell.origin]),
            answer.destinations[cell.destination].code,
            answer.destinations[cell.destination].name,
            cell.arrivals,
            cell.guest_nights,
        )
        for cell in answer.cells
    ]
    names = [
        "residence_code", "residence", "destination_code", "destination", "arrivals",
        "guest_nights",
    ]  # fmt: skip
    return _table("flows", labels, names, rows)


def _calendar(answer: SeasonCalendar, labels: Labels) -> ExportTable:
    rows: list[Sequence[Cell]] = []
    for night in answer.nights:
        day = night.holiday
        name = "" if day is None else day.name_en if labels.language == "en" else day.name
        rows.append((night.night, night.arrivals, night.guest_nights, name))
    return _table("calendar", labels, ["night", "arrivals", "guest_nights", "holiday"], rows)


def _forecast(answer: Forecast, labels: Labels) -> ExportTable:
    rows = [
        (night.night, night.shown, night.low, night.high, night.model, night.naive)
        for night in answer.nights
    ]
    names = ["night", "shown", "low", "high", "model", "naive"]
    return _table("forecast", labels, names, rows)


def _labour(answer: Labour, labels: Labels) -> list[ExportTable]:
    kinds = _series(
        (labels.kinds.get(series.kind, series.kind), series.months) for series in answer.kinds
    )
    reasons = _series((labels.reason(series.reason), series.months) for series in answer.reasons)
    names = ("month", "arrivals", "guest_nights", "residents")
    return [
        _table("kinds", labels, ["kind", *names], kinds),
        _table("reasons", labels, ["reason", *names], reasons),
        _table(
            "worker_origins", labels, _ORIGIN_COLUMNS, _origin_rows(answer.worker_origins, labels)
        ),
    ]


def _series(series: Iterable[tuple[str, Sequence[MonthCount]]]) -> list[Sequence[Cell]]:
    return [
        (name, month.month, month.arrivals, month.guest_nights, month.residents_a_night)
        for name, months in series
        for month in months
    ]
