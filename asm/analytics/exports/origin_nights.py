"""The finest figures that there are, row by row: ward, night, kind, residence, reason, tourism. The
database writes them as CSV itself, so a million rows take seconds and no memory.
"""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from sqlalchemy import select, text

from asm.accounts.access import Scope
from asm.analytics.exports.csv_file import SEPARATORS, Separator
from asm.analytics.questions.area import Area, require_area
from asm.analytics.questions.narrowing import Narrowing
from asm.analytics.questions.span import Span
from asm.db.direct import direct
from asm.db.statements import read_statements
from asm.geo.model import ward

_SQL: Final = read_statements(__name__)
#: COPY takes the statement without its end.
_ROWS: Final = _SQL["origin_nights"].rstrip().removesuffix(";")
#: Others may not wait behind it for ever: ten times what a million rows take.
_PATIENT: Final = text("SET LOCAL statement_timeout = '100s'")


async def copy_origin_nights(  # noqa: PLR0913 -- the parts of one question, and how it is written
    scope: Scope,
    area: Area,
    span: Span,
    narrowing: Narrowing,
    labels: Mapping[str, str],
    *,
    output: Callable[[bytes], Coroutine[Any, Any, None]],
    separator: Separator = "comma",
    most: int | None = None,
) -> int:
    """Hand the rows to `output` in the order of the totals' key, and return their count. `labels`:
    of `kind:hotel`, `residence:CKOR`, `reason:1`. `most`: how many at most, None for all. Raises as
    `require_area`.
    """
    await require_area(scope, area)
    await scope.session.execute(_PATIENT)
    way = await direct(scope.session)
    return await way.copy_out(
        _ROWS,
        await _wards(scope, area),
        span.first,
        span.last,
        list(narrowing.kinds),
        list(narrowing.residences),
        list(narrowing.reasons),
        narrowing.tourism,
        list(labels),
        list(labels.values()),
        most,
        output=output,
        delimiter=SEPARATORS[separator],
    )


async def _wards(scope: Scope, area: Area) -> list[str]:
    """Ended ones too: their nights stay theirs."""
    if area.kind == "ward":
        return [area.code or ""]
    if area.kind == "country":
        return []
    codes = await scope.session.scalars(
        select(ward.c.code).where(ward.c.province_code == area.code)
    )
    return list(codes)
