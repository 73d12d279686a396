"""What a figures page shows stands in its address: area, nights, and what is left out."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final, Literal, get_args
from urllib.parse import urlencode

import msgspec
from litestar.params import QueryParameter

from asm.analytics.questions.area import Area, read_area
from asm.analytics.questions.narrowing import EVERYTHING, Narrowing, read_narrowing
from asm.analytics.questions.span import Span, last_nights, month_of, read_span
from asm.facilities.nights import current_night

FigureView = Literal["overview", "origins", "season", "labour"]
FIGURE_VIEWS: Final[tuple[FigureView, ...]] = get_args(FigureView)
_MONTHS_BACK: Final = 12
_Many = list[str] | None


class TypedFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of the filter as the address has them."""

    area: str = ""
    view: FigureView = "overview"
    month: str = ""
    first: str = ""
    last: str = ""
    kind: list[str] = []
    residence: list[str] = []
    reason: list[str] = []
    tourism: str = ""


async def typed_filter(  # noqa: PLR0913, PLR0917 -- each is a field of the address
    area: Annotated[str, QueryParameter(name="area")] = "",
    view: Annotated[FigureView, QueryParameter(name="view")] = "overview",
    month: Annotated[str, QueryParameter(name="month")] = "",
    first: Annotated[str, QueryParameter(name="first")] = "",
    last: Annotated[str, QueryParameter(name="last")] = "",
    kind: Annotated[_Many, QueryParameter(name="kind")] = None,
    residence: Annotated[_Many, QueryParameter(name="residence")] = None,
    reason: Annotated[_Many, QueryParameter(name="reason")] = None,
    tourism: Annotated[str, QueryParameter(name="tourism")] = "",
) -> TypedFilter:
    """The dependency of every page and file of figures."""
    return TypedFilter(
        area=area.strip(),
        view=view,
        month=month.strip(),
        first=first.strip(),
        last=last.strip(),
        kind=_filled(kind),
        residence=_filled(residence),
        reason=_filled(reason),
        tourism=tourism.strip(),
    )


def _filled(values: _Many) -> list[str]:
    """A field that is left at "all" is sent empty."""
    return [value.strip() for value in values or [] if value.strip()]


class FigureFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown. `month`: as `YYYY-MM` where the nights are those of one month."""

    area: Area
    view: FigureView
    span: Span
    narrowing: Narrowing

    @property
    def month(self) -> str:
        """`YYYY-MM` where the nights are those of one month, else empty."""
        written = f"{self.span.first:%Y-%m}"
        return written if month_of(written) == self.span else ""

    def fields(self, **changes: Any) -> dict[str, Any]:
        """The fields of its address, those that say nothing left out."""
        nights = (
            {"month": self.month}
            if self.month
            else {"first": self.span.first.isoformat(), "last": self.span.last.isoformat()}
        )
        tourism = {True: "yes", False: "no", None: ""}[self.narrowing.tourism]
        every = {
            "area": str(self.area),
            "view": self.view,
            **nights,
            "kind": self.narrowing.kinds,
            "residence": self.narrowing.residences,
            "reason": self.narrowing.reasons,
            "tourism": tourism,
        } | changes
        return {name: value for name, value in every.items() if value not in ("", (), None)}

    def query(self, **changes: Any) -> str:
        """The same with `changes`, as an address has it behind its question mark."""
        return urlencode(self.fields(**changes), doseq=True)


def read_filter(typed: TypedFilter, own: Area, now: datetime) -> FigureFilter:
    """`own` is the area where none is named. Raises Invalid, naming the field."""
    return FigureFilter(
        area=read_area(typed.area) if typed.area else own,
        view=typed.view,
        span=_span(typed, now),
        narrowing=read_narrowing(typed.kind, typed.residence, typed.reason, typed.tourism),
    )


def plain_filter(typed: TypedFilter, own: Area, now: datetime) -> FigureFilter:
    """What is shown beside a refusal of what was typed."""
    return FigureFilter(area=own, view=typed.view, span=last_nights(now, 30), narrowing=EVERYTHING)


def _span(typed: TypedFilter, now: datetime) -> Span:
    """A month beats two days."""
    return month_of(typed.month) if typed.month else read_span(typed.first, typed.last, now)


def recent_months(now: datetime) -> list[date]:
    """The first days of this month and of those before it, newest first."""
    months = [current_night(now).replace(day=1)]
    while len(months) <= _MONTHS_BACK:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return months
