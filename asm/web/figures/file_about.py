"""What a file of figures says of itself."""

from datetime import date, datetime
from typing import Final

from asm.accounts.actor import Actor
from asm.analytics.exports.export_table import About, Said
from asm.analytics.exports.figure_tables import Labels
from asm.analytics.questions.definitions import definition
from asm.analytics.questions.measures import AreaAnswer
from asm.analytics.questions.narrowing import Narrowing
from asm.db.base import vietnam_time
from asm.web.figures.filters import FigureFilter, FigureView
from asm.web.formats import clock

#: The measures that a view's tables hold; their definitions go along.
VIEW_MEASURES: Final[dict[FigureView, tuple[str, ...]]] = {
    "overview": (
        "arrivals", "guest_nights", "mean_nights", "departures", "same_day", "hourly",
        "bed_occupancy", "room_occupancy", "unknown_capacity", "tourism", "revisits", "lengths",
        "coverage", "lateness", "verified", "provisional", "corrected_after",
    ),
    "origins": ("residence", "arrivals", "guest_nights", "mean_nights", "flow", "coverage"),
    "season": ("season", "event", "forecast", "guest_nights", "coverage"),
    "labour": ("labour", "residence", "guest_nights", "coverage"),
}  # fmt: skip


def about_file(
    actor: Actor, only: FigureFilter, answer: AreaAnswer, labels: Labels, *, gates: bool = False
) -> About:
    """The lines that go with the tables of `answer`'s view; `gates`: with what gates counted."""
    area = answer.area.name if only.area.code else labels.of("about.country")
    first, last = _day(only.span.first, labels), _day(only.span.last, labels)
    title = labels.of("about.title", area=area, first=first, last=last)
    written_at, as_of = _moment(actor.now, labels), _moment(answer.as_of, labels)
    lines = [
        _said("area", area, labels),
        _said("nights", f"{first} – {last}", labels),
        *_narrowed(only.narrowing, labels),
        _said("made", written_at, labels),
        _said("by", actor.display_name, labels),
        _said("as_of", as_of, labels),
        _said("status", _status(answer, labels), labels),
        *_coverage(answer, labels),
    ]
    measures = (*VIEW_MEASURES[only.view], *(("gates",) if gates else ()))
    english = labels.language == "en"
    return About(
        title=title,
        lines=lines,
        definitions=[
            Said(each.label_en, each.text_en) if english else Said(each.label, each.text)
            for each in map(definition, measures)
        ],
        about_label=labels.of("about.about"),
        definitions_label=labels.of("about.definitions"),
        rows_label=labels.of("about.rows"),
        end=labels.of("about.end"),
    )


def _said(name: str, text: str, labels: Labels) -> Said:
    return Said(labels.of(f"about.{name}"), text)


def _narrowed(narrowing: Narrowing, labels: Labels) -> list[Said]:
    """The filters that leave something out."""
    tourism = {True: "about.tourism_yes", False: "about.tourism_no"}
    filters = {
        "kind": ", ".join(labels.kinds.get(kind, kind) for kind in narrowing.kinds),
        "residence": ", ".join(narrowing.residences),
        "reason": ", ".join(labels.reason(reason) for reason in narrowing.reasons),
        "tourism": "" if narrowing.tourism is None else labels.of(tourism[narrowing.tourism]),
    }
    return [_said(name, text, labels) for name, text in filters.items() if text]


def _status(answer: AreaAnswer, labels: Labels) -> str:
    if answer.provisional_from > answer.span.last:
        return labels.of("about.final")
    since = max(answer.provisional_from, answer.span.first)
    return labels.of("about.provisional", day=_day(since, labels))


def _coverage(answer: AreaAnswer, labels: Labels) -> list[Said]:
    if answer.coverage.stayed_percent is None:
        return []
    text = labels.of(
        "about.coverage_text",
        stayed=answer.coverage.stayed_percent,
        said=answer.coverage.said_percent,
    )
    return [_said("coverage", text, labels)]


def _moment(value: datetime, labels: Labels) -> str:
    return f"{clock(value)} {_day(vietnam_time(value).date(), labels)}"


def _day(day: date, labels: Labels) -> str:
    return day.isoformat() if labels.language == "en" else f"{day:%d/%m/%Y}"
