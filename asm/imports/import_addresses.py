"""A list of addresses into the register: every row counted, doubles found by place and text."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final

import msgspec
from sqlalchemy import Double, Integer, bindparam, insert, text
from sqlalchemy.dialects.postgresql import ARRAY

from asm.accounts.access import Scope
from asm.accounts.actor import require_role
from asm.accounts.roles import ADMINISTRATOR, WARD_OFFICER
from asm.accounts.sessions import enter_again
from asm.audit.trail import record
from asm.db.base import vietnam_time
from asm.errors import Invalid, invalid_field, remedy
from asm.facilities.addresses.scoped_addresses import check_description
from asm.geo.addresses.address_terms import NewAddress
from asm.geo.addresses.issue_many import issue_many
from asm.geo.addresses.twins import NEAR_M
from asm.geo.model import address_alias
from asm.geo.points import arrays_of, check_point, outside_vietnam
from asm.imports.address_twins import Ready, RowTold, without_twins
from asm.intake.sheets.address_list import ListedAddress, ListFault
from asm.intake.sheets.read_sheets import read_address_list_limited

BATCH: Final = 500
#: How many rows are told one by one; the counts are of all.
MOST_LISTED: Final = 1000
_NEIGHBOURS: Final = 40
Progress = Callable[[int, int], None]

# The ward as `asm.geo.areas.wards.ward_at` finds it, and the doors around, for a batch of points
# at once. The nearest come by the order of the index, which row-level security leaves usable.
_WARDS = text("""
SELECT g.at, w.code FROM unnest(:ats, :lats, :lons) AS g (at, lat, lon)
CROSS JOIN LATERAL (
  SELECT w.code FROM ward w
  WHERE w.valid_to IS NULL
    AND ST_Intersects(w.boundary, ST_SetSRID(ST_MakePoint(g.lon, g.lat), 4326))
  ORDER BY w.boundary_approximate, w.code LIMIT 1
) w
""")
_AROUND = text("""
SELECT g.at, a.code, a.folded, a.floor_unit, a.distance_m
FROM unnest(:ats, :lats, :lons) AS g (at, lat, lon)
CROSS JOIN LATERAL (
  SELECT d.code, d.folded, d.floor_unit,
    ST_DistanceSphere(d.point, ST_SetSRID(ST_MakePoint(g.lon, g.lat), 4326)) AS distance_m
  FROM digital_address d ORDER BY d.point <-> ST_SetSRID(ST_MakePoint(g.lon, g.lat), 4326)
  LIMIT :most
) a
WHERE a.distance_m <= :near_m ORDER BY g.at, a.distance_m, a.code
""").bindparams(most=_NEIGHBOURS, near_m=NEAR_M)
_POINTS = (
    bindparam("ats", type_=ARRAY(Integer)),
    bindparam("lats", type_=ARRAY(Double)),
    bindparam("lons", type_=ARRAY(Double)),
)


class ImportedAddresses(msgspec.Struct, frozen=True, kw_only=True):
    """read = added + duplicate + rejected (added counts what would be in a dry run). `rows`: those
    not added, at most MOST_LISTED; `rows_left_out` says how many more there are.
    """

    read: int
    added: int
    duplicate: int
    rejected: int
    dry_run: bool
    rows: list[RowTold]
    rows_left_out: int = 0


async def import_addresses(
    scope: Scope, data: bytes, *, dry_run: bool = False, progress: Progress | None = None
) -> ImportedAddresses:
    """Add every good row of a CSV, GeoJSON or XLSX list; the others are told with their remedy.

    Officers add to their ward, administrators anywhere. Importing a file twice adds nothing.
    `progress(done, total)` is called after each batch. Raises NotAllowed, or Invalid
    `list_unreadable` before anything is stored.
    """
    require_role(scope.actor, WARD_OFFICER, ADMINISTRATOR)
    # Reading a large file takes seconds: no connection is kept from others meanwhile.
    await scope.session.commit()
    reading = await read_address_list_limited(data)
    await enter_again(scope)
    if reading.read_fault is not None:
        raise _list_not_read(reading.read_fault)
    reports = [RowTold(row=fault.row, status="rejected", fault=fault) for fault in reading.faults]
    added = 0
    for start in range(0, len(reading.rows), BATCH):
        batch = reading.rows[start : start + BATCH]
        fresh = await _fresh(scope, batch, reports)
        added += len(fresh)
        if not dry_run:
            await _store(scope, fresh)
        if progress:
            progress(start + len(batch), len(reading.rows))
    duplicate = sum(each.status == "duplicate" for each in reports)
    outcome = ImportedAddresses(
        read=len(reading.rows) + len(reading.faults),
        added=added,
        duplicate=duplicate,
        rejected=len(reports) - duplicate,
        dry_run=dry_run,
        rows=sorted(reports, key=lambda each: each.row)[:MOST_LISTED],
        rows_left_out=max(0, len(reports) - MOST_LISTED),
    )
    await _write_down(scope, outcome)
    return outcome


async def _fresh(
    scope: Scope, batch: Sequence[ListedAddress], reports: list[RowTold]
) -> list[Ready]:
    """The rows to add; what is wrong with the others goes to `reports`."""
    possible = [row for row in batch if _possible(row, reports)]
    ward_rows = await scope.session.execute(_WARDS.bindparams(*_POINTS), _point_arrays(possible))
    wards = {row.at: row.code for row in ward_rows}
    ready = []
    for at, row in enumerate(possible):
        ward_code = wards.get(at)
        if ward_code is None:
            reports.append(_rejected(row, outside_vietnam()))
        elif scope.actor.role == WARD_OFFICER and ward_code != scope.actor.ward_code:
            reports.append(_rejected(row, _other_ward()))
        else:
            ready.append(Ready(row=row, ward_code=ward_code))
    around: dict[int, list[Any]] = {}
    placed = _point_arrays([each.row for each in ready])
    for near in await scope.session.execute(_AROUND.bindparams(*_POINTS), placed):
        around.setdefault(near.at, []).append(near)
    return without_twins(ready, around, reports)


def _possible(row: ListedAddress, reports: list[RowTold]) -> bool:
    try:
        check_point(row.point)
        check_description(row.address_text, row.accuracy_m)
    except Invalid as refusal:
        reports.append(_rejected(row, refusal))
        return False
    return True


async def _store(scope: Scope, fresh: Sequence[Ready]) -> None:
    codes = await issue_many(scope.session, [_new(each) for each in fresh])
    today = vietnam_time(scope.actor.now).date()
    aliases = [
        alias
        for each, code in zip(fresh, codes, strict=True)
        for alias in _aliases(each.row, code, today)
    ]
    if aliases:
        await scope.session.execute(insert(address_alias), aliases)


def _aliases(row: ListedAddress, code: str, today: date) -> list[dict[str, Any]]:
    pairs = (("vpostcode", row.vpostcode), ("ministry", row.ministry))
    return [
        {"code": code, "kind": kind, "value": value, "valid_from": today}
        for kind, value in pairs
        if value
    ]


def _new(each: Ready) -> NewAddress:
    row = each.row
    return NewAddress(
        point=row.point,
        address_text=row.address_text,
        ward_code=each.ward_code,
        source="imported",
        accuracy_m=row.accuracy_m,
        old_unit=row.old_unit,
        floor_unit=row.floor_unit,
        building_kind=row.building_kind,
    )


def _point_arrays(rows: Sequence[ListedAddress]) -> dict[str, list[Any]]:
    return {"ats": list(range(len(rows))), **arrays_of(row.point for row in rows)}


def _rejected(row: ListedAddress, refusal: Invalid) -> RowTold:
    error = refusal.errors[0]
    helps = remedy("address_row") | error
    fault = ListFault(
        row=row.row,
        field=error["pointer"].lstrip("/"),
        code=refusal.code,
        message=refusal.message,
        message_en=refusal.message_en,
        remedy=helps["remedy"],
        remedy_en=helps["remedy_en"],
    )
    return RowTold(row=row.row, status="rejected", fault=fault)


def _other_ward() -> Invalid:
    return invalid_field("/lat", "other_ward", text="other_ward.row")


def _list_not_read(fault: ListFault) -> Invalid:
    error = msgspec.structs.asdict(fault) | {"pointer": "/file"}
    for name in ("row", "field"):
        del error[name]
    return Invalid("list_unreadable", said=(fault.message, fault.message_en), errors=[error])


async def _write_down(scope: Scope, outcome: ImportedAddresses) -> None:
    if outcome.dry_run or not outcome.added:
        return
    await record(
        scope.session,
        actor_id=scope.actor.id,
        actor_role=scope.actor.role,
        action="address.imported",
        ward_code=scope.actor.ward_code,
        details={
            name: getattr(outcome, name) for name in ("read", "added", "duplicate", "rejected")
        },
    )
