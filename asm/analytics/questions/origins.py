"""Where guests live, and where they go: by residence, never by nationality."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import select

from asm.accounts.access import Scope
from asm.analytics.in_force import percent
from asm.analytics.questions.area import Area, AreaKind, NamedArea
from asm.analytics.questions.guests import guests_by, months_of
from asm.analytics.questions.measures import AreaAnswer
from asm.analytics.questions.narrowing import EVERYTHING, UNKNOWN_RESIDENCE, Narrowing
from asm.analytics.questions.reckon import mean
from asm.analytics.questions.span import Span
from asm.analytics.questions.standing import head_for, head_of, read_coverage
from asm.geo.model import province, ward


class Residence(msgspec.Struct, frozen=True, kw_only=True):
    """`kind`: `province` (`name` is the province's), `country` (`code` is alpha-3, pages name it)
    or `unknown` (`code` is None: not told, or `VNM` without the province). `key` is what
    `Narrowing.residences` takes.
    """

    key: str
    kind: str
    code: str | None
    name: str | None


class OriginRow(msgspec.Struct, frozen=True, kw_only=True):
    """`nights_percent` of all guest nights of the answer, one decimal."""

    residence: Residence
    arrivals: int
    guest_nights: int
    mean_nights: float | None
    nights_percent: float | None


class OriginSums(msgspec.Struct, frozen=True, kw_only=True):
    """`origins`: how many of them there are."""

    origins: int
    arrivals: int
    guest_nights: int


class Origins(AreaAnswer, frozen=True, kw_only=True):
    """`rows`: the `top` origins by guest nights, unknown never among them; `others`: the sums of
    the origins that are not shown; `unknown`: residence not said.
    """

    arrivals: int
    guest_nights: int
    residents: OriginSums
    non_residents: OriginSums
    rows: list[OriginRow]
    others: OriginSums
    unknown: OriginSums


class FlowCell(msgspec.Struct, frozen=True, kw_only=True):
    """From `origin` (an index into `origins`) to `destination` (into `destinations`)."""

    origin: int
    destination: int
    arrivals: int
    guest_nights: int


class Flows(AreaAnswer, frozen=True, kw_only=True):
    """Origin × destination. `origins` and `destinations` by guest nights, most first (unknown
    last); `cells` that are not empty only, most guest nights first. Destinations: the area's wards
    (of a province), its provinces (of the country), or itself (of a ward).
    """

    origins: list[Residence]
    destinations: list[NamedArea]
    cells: list[FlowCell]


async def origins(
    scope: Scope, area: Area, span: Span, narrowing: Narrowing = EVERYTHING, top: int = 10
) -> Origins:
    """Top origins of an area. Raises as `require_area`."""
    head = await head_for(scope, area, span, narrowing)
    months = months_of(span, head.reach.counted_to)
    query = guests_by(("residence",), area, span, narrowing, months=months)
    rows = (await scope.session.execute(query)).mappings().all()
    ordered = rows_of(rows, await province_names(scope))
    coverage = await read_coverage(scope, area, span, narrowing)
    return origins_of(head_of(scope, head, coverage), ordered, top)


def origins_of(head: Mapping[str, Any], ordered: Sequence[OriginRow], top: int = 10) -> Origins:
    """From all rows as `rows_of` orders them."""
    known = [row for row in ordered if row.residence.kind != "unknown"]
    by_kind = defaultdict[str, list[OriginRow]](list)
    for row in ordered:
        by_kind[row.residence.kind].append(row)
    return Origins(
        **head,
        arrivals=sum(row.arrivals for row in ordered),
        guest_nights=sum(row.guest_nights for row in ordered),
        residents=_sum(by_kind["province"]),
        non_residents=_sum(by_kind["country"]),
        rows=known[:top],
        others=_sum(known[top:]),
        unknown=_sum(by_kind["unknown"]),
    )


async def flows(scope: Scope, area: Area, span: Span, narrowing: Narrowing = EVERYTHING) -> Flows:
    """Flows into the parts of an area. Raises as `require_area`."""
    head = await head_for(scope, area, span, narrowing)
    months = months_of(span, head.reach.counted_to)
    key = "province_code" if area.kind == "country" else "ward_code"
    query = guests_by(("residence", key), area, span, narrowing, months=months)
    answered = (await scope.session.execute(query)).mappings()
    rows = [row for row in answered if row["arrivals"] or row["guest_nights"]]
    names = await province_names(scope)
    from_where = [row.residence for row in rows_of(_merged(rows, "residence"), names)]
    to_where = await destinations_of(scope, area, _merged(rows, key), key)
    return Flows(
        **head_of(scope, head, await read_coverage(scope, area, span, narrowing)),
        origins=from_where,
        destinations=to_where,
        cells=cells_of(rows, from_where, to_where, key),
    )


def cells_of(
    rows: Iterable[Mapping[str, Any]],
    origins: Sequence[Residence],
    destinations: Sequence[NamedArea],
    key: str,
) -> list[FlowCell]:
    """Rows with `residence`, and `key` of the destination: most guest nights first."""
    origin_at = {each.key: at for at, each in enumerate(origins)}
    destination_at = {each.code: at for at, each in enumerate(destinations)}
    return [
        FlowCell(
            origin=origin_at[row["residence"]],
            destination=destination_at[row[key]],
            arrivals=row["arrivals"],
            guest_nights=row["guest_nights"],
        )
        for row in sorted(
            rows,
            key=lambda row: (-row["guest_nights"], -row["arrivals"], row["residence"], row[key]),
        )
    ]


def residence_of(key: str, names: Mapping[str, str]) -> Residence:
    """`key` as totals keep it; `names` of provinces by code."""
    if key == UNKNOWN_RESIDENCE:
        return Residence(key=key, kind="unknown", code=None, name=None)
    code = key[1:]
    if key.startswith("P"):
        return Residence(key=key, kind="province", code=code, name=names.get(code))
    return Residence(key=key, kind="country", code=code, name=None)


def rows_of(rows: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> list[OriginRow]:
    """Rows with `residence`, `arrivals` and `guest_nights`: most guest nights first, unknown last;
    those without any are left out.
    """
    counted = [row for row in rows if row["arrivals"] or row["guest_nights"]]
    whole = sum(row["guest_nights"] for row in counted)
    shown = [
        OriginRow(
            residence=residence_of(row["residence"], names),
            arrivals=row["arrivals"],
            guest_nights=row["guest_nights"],
            mean_nights=mean(row["guest_nights"], row["arrivals"]),
            nights_percent=percent(row["guest_nights"], whole),
        )
        for row in counted
    ]
    return sorted(
        shown,
        key=lambda row: (
            row.residence.kind == "unknown",
            -row.guest_nights,
            -row.arrivals,
            row.residence.key,
        ),
    )


async def province_names(scope: Scope) -> dict[str, str]:
    """Of provinces in force and ended, by code."""
    rows = await scope.session.execute(select(province.c.code, province.c.name))
    return {row.code: row.name for row in rows}


def _merged(rows: Iterable[Mapping[str, Any]], key: str) -> list[dict[str, Any]]:
    merged: dict[str, dict[str, Any]] = {}
    for row in rows:
        into = merged.setdefault(row[key], {key: row[key], "arrivals": 0, "guest_nights": 0})
        into["arrivals"] += row["arrivals"]
        into["guest_nights"] += row["guest_nights"]
    return list(merged.values())


async def destinations_of(
    scope: Scope, area: Area, rows: Iterable[Mapping[str, Any]], key: str
) -> list[NamedArea]:
    """Those that anybody came to, most guest nights first."""
    kind: AreaKind = "province" if area.kind == "country" else "ward"
    table = province if kind == "province" else ward
    codes = [row[key] for row in sorted(rows, key=lambda row: (-row["guest_nights"], row[key]))]
    named = await scope.session.execute(
        select(table.c.code, table.c.name).where(table.c.code.in_(codes))
    )
    names = {row.code: row.name for row in named}
    return [NamedArea(kind=kind, code=code, name=names.get(code, code)) for code in codes]


def _sum(rows: Sequence[OriginRow]) -> OriginSums:
    return OriginSums(
        origins=len(rows),
        arrivals=sum(row.arrivals for row in rows),
        guest_nights=sum(row.guest_nights for row in rows),
    )
