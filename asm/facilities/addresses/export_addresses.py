"""The register's doors in the asker's scope as GeoJSON, CSV or GeoPackage."""

import asyncio
import csv
import io
from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import true

from asm.accounts.access import Scope
from asm.audit.trail import record
from asm.errors import Invalid, invalid_field
from asm.facilities.addresses.scoped_addresses import addresses_in_scope
from asm.geo.addresses.find_addresses import FoundAddress, list_addresses
from asm.geo.model import digital_address

ExportFormat = Literal["geojson", "csv", "gpkg"]
MEDIA_TYPES: Final[dict[ExportFormat, str]] = {
    "geojson": "application/geo+json",
    "csv": "text/csv; charset=utf-8",
    "gpkg": "application/geopackage+sqlite3",
}
MOST_EXPORTED: Final = 100_000

_FIELDS: Final = (
    "code", "printed", "plus_code", "address_text", "floor_unit", "old_unit", "building_kind",
    "ward_code", "ward_name", "lat", "lon", "accuracy_m", "point_source", "issued_at",
    "verified_at",
)  # fmt: skip


async def export_addresses(
    scope: Scope, form: ExportFormat, *, ward_code: str | None = None
) -> bytes:
    """Every door in the actor's scope (of one ward, if told), by code; written to the audit trail.

    Raises Invalid `too_many_addresses` beyond MOST_EXPORTED: a file is whole or is not given.
    """
    ward = true() if ward_code is None else digital_address.c.ward_code == ward_code
    addresses = await list_addresses(
        scope.session, addresses_in_scope(scope.actor) & ward, MOST_EXPORTED + 1
    )
    if len(addresses) > MOST_EXPORTED:
        raise _too_many()
    await record(
        scope.session,
        actor_id=scope.actor.id,
        actor_role=scope.actor.role,
        action="address.exported",
        ward_code=ward_code or scope.actor.ward_code,
        details={"addresses": len(addresses), "format": form},
    )
    await scope.session.commit()
    write = {"geojson": _geojson, "csv": _csv, "gpkg": _geopackage}[form]
    return await asyncio.to_thread(write, addresses)


def _geojson(addresses: Sequence[FoundAddress]) -> bytes:
    features = [
        {
            "type": "Feature",
            "id": each.code,
            "geometry": {"type": "Point", "coordinates": [each.lon, each.lat]},
            "properties": {name: getattr(each, name) for name in _FIELDS},
        }
        for each in addresses
    ]
    return msgspec.json.encode({"type": "FeatureCollection", "features": features})


def _csv(addresses: Sequence[FoundAddress]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_FIELDS)
    for each in addresses:
        writer.writerow([_harmless(getattr(each, name)) for name in _FIELDS])
    # The mark tells Excel that the letters are UTF-8.
    return out.getvalue().encode("utf-8-sig")


def _harmless(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula is given as text."""
    text = isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{value}" if text else value


def _geopackage(addresses: Sequence[FoundAddress]) -> bytes:
    from asm.facilities.addresses.geopackage import geopackage_of  # noqa: PLC0415 -- GDAL: 30 MB, seldom used

    return geopackage_of(addresses, _FIELDS)


def _too_many() -> Invalid:
    return invalid_field("/ward", "too_many_addresses", most=MOST_EXPORTED)
