"""Whose figures, of which nights and of what part: the query parameters that all figures share."""

from typing import Annotated

from litestar.di import NamedDependency
from litestar.params import QueryParameter

from asm.accounts.access import Scope
from asm.analytics.questions.area import Area, own_area, read_area
from asm.analytics.questions.narrowing import Narrowing, read_narrowing
from asm.analytics.questions.span import Span, read_span

AreaText = Annotated[
    str | None,
    QueryParameter(
        name="area",
        description="`ward:00070`, `province:01` or `country`. Left out: the officer's own area.",
    ),
]
_FIRST = QueryParameter(
    name="first",
    description="The first night (`YYYY-MM-DD`). Left out: thirty nights to the last one.",
)
_LAST = QueryParameter(
    name="last", description="The last night. Left out: last night, or thirty from the first."
)
_KIND = QueryParameter(name="kind", description="Kinds of facility; may be given several times.")
_RESIDENCE = QueryParameter(
    name="residence",
    description="`P01` (a province), `CKOR` (a country; never `CVNM`) or `?` (not told, or `VNM` "
    "without the province); may be given several times. Measures that are not counted so finely "
    "are null.",
)
_REASON = QueryParameter(
    name="reason", description="Codes of reasons, 0 for none; may be given several times."
)
_TOURISM = QueryParameter(
    name="tourism", description="`yes`: stays that are tourism alone; `no`: the others alone."
)


def provide_narrowing(
    kind: Annotated[list[str] | None, _KIND] = None,
    residence: Annotated[list[str] | None, _RESIDENCE] = None,
    reason: Annotated[list[str] | None, _REASON] = None,
    tourism: Annotated[str | None, _TOURISM] = None,
) -> Narrowing:
    """Raises Invalid as `read_narrowing`."""
    return read_narrowing(kind or (), residence or (), reason or (), tourism or "")


def provide_span(
    in_scope: NamedDependency[Scope],
    first: Annotated[str | None, _FIRST] = None,
    last: Annotated[str | None, _LAST] = None,
) -> Span:
    """Raises Invalid as `read_span`."""
    return read_span(first, last, in_scope.actor.now)


async def provide_area(in_scope: NamedDependency[Scope], area: AreaText = None) -> Area:
    """Raises Invalid as `read_area`, `area_not_found` for who has no area of their own."""
    return read_area(area) if area else await own_area(in_scope)
