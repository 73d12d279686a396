"""The register of digital addresses, as far as the asker may see it."""

from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from asm.accounts.access import Scope
from asm.api.again.answered_again import answered_again
from asm.api.file_operation import XLSX, FileOperation
from asm.api.problems import documented
from asm.facilities.addresses import scoped_addresses
from asm.facilities.addresses.export_addresses import MEDIA_TYPES, ExportFormat, export_addresses
from asm.facilities.addresses.scoped_addresses import AddressToIssue, PointToCorrect
from asm.geo.addresses.address_changes import AddressAlias, AliasToEnd, Description
from asm.geo.addresses.door_code import encode
from asm.geo.addresses.find_addresses import (
    LONGEST_QUERY,
    MOST_ADDRESSES,
    AddressRecord,
    FoundAddress,
)
from asm.geo.addresses.issue_address import DigitalAddress
from asm.geo.addresses.plus_code import plus_code
from asm.geo.areas.wards import WardHit, ward_at
from asm.geo.points import Point
from asm.headers import Header
from asm.imports.import_addresses import ImportedAddresses, import_addresses

Limit = Annotated[int, Meta(ge=1, le=MOST_ADDRESSES)]


# Where somebody lives is told in the body: addresses of requests end up in the logs of proxies.
class AddressQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`q`: a code or a text."""

    q: Annotated[str, Meta(min_length=1, max_length=LONGEST_QUERY)]
    limit: Limit = 20


class AskedPoint(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Degrees north and east."""

    lat: float
    lon: float


class NearPoint(AskedPoint, forbid_unknown_fields=True, kw_only=True):
    """Degrees north and east; at most `within_m` metres away."""

    within_m: Annotated[float, Meta(gt=0, le=20_000)] = 1000
    limit: Limit = 20


class PlaceAt(msgspec.Struct, frozen=True, kw_only=True):
    """What a point is: its ward, the codes anyone can compute, and the doors within 50 m that the
    asker may see. `cell_code` is the name of the cell, not of a door: it may not be issued.
    """

    ward: WardHit
    cell_code: str
    plus_code: str
    addresses: list[FoundAddress]


@post(
    "/addresses/search",
    operation_id="findAddresses",
    status_code=200,
    responses=documented(401, 422),
)
async def find(
    data: JSONBody[AddressQuery], in_scope: NamedDependency[Scope]
) -> list[FoundAddress]:
    """By a code (ours, Plus Code, Vpostcode, the ministry's) or by text, typing errors allowed."""
    return await scoped_addresses.search_addresses(in_scope, data.q, data.limit)


@post(
    "/addresses/nearest",
    operation_id="nearestAddresses",
    status_code=200,
    responses=documented(401, 422),
)
async def nearest(
    data: JSONBody[NearPoint], in_scope: NamedDependency[Scope]
) -> list[FoundAddress]:
    """The nearest doors, nearest first."""
    return await scoped_addresses.addresses_around(
        in_scope, Point.of(data), within_m=data.within_m, limit=data.limit
    )


@post("/addresses/at", operation_id="addressAt", status_code=200, responses=documented(401, 422))
async def at(data: JSONBody[AskedPoint], in_scope: NamedDependency[Scope]) -> PlaceAt:
    """Reverse look-up: the ward of a point, its codes, and the doors there."""
    point = Point.of(data)
    return PlaceAt(
        ward=await ward_at(in_scope.session, point),
        cell_code=encode(point),
        plus_code=plus_code(point),
        addresses=await scoped_addresses.addresses_around(
            in_scope, point, within_m=scoped_addresses.AT_M, limit=20
        ),
    )


@get("/addresses/{code:str}", operation_id="getAddress", responses=documented(401, 404, 422))
async def read(code: FromPath[str], in_scope: NamedDependency[Scope]) -> AddressRecord:
    """One door: its aliases with their dates, and every change."""
    return await scoped_addresses.read_address(in_scope, code)


@post("/addresses", operation_id="issueAddress", responses=documented(401, 403, 409, 422))
@answered_again
async def issue(data: JSONBody[AddressToIssue], in_scope: NamedDependency[Scope]) -> DigitalAddress:
    """Give a door without a facility its code: officers in their ward, administrators anywhere."""
    return await scoped_addresses.issue_new(in_scope, data)


@put(
    "/addresses/{code:str}/point",
    operation_id="correctAddressPoint",
    responses=documented(401, 403, 404, 409, 422),
)
async def correct_point(
    code: FromPath[str], data: JSONBody[PointToCorrect], in_scope: NamedDependency[Scope]
) -> AddressRecord:
    """Correct where the door is; its code stays."""
    return await scoped_addresses.correct_point(in_scope, code, data)


@put(
    "/addresses/{code:str}/description",
    operation_id="describeAddress",
    responses=documented(401, 403, 404, 422),
)
async def describe(
    code: FromPath[str], data: JSONBody[Description], in_scope: NamedDependency[Scope]
) -> AddressRecord:
    """Correct the text, the old unit, the floor or the kind of building."""
    return await scoped_addresses.describe(in_scope, code, data)


@post(
    "/addresses/{code:str}/verification",
    operation_id="verifyAddress",
    status_code=200,
    responses=documented(401, 403, 404, 422),
)
@answered_again
async def verify(code: FromPath[str], in_scope: NamedDependency[Scope]) -> AddressRecord:
    """Say that the door was found where the register has it."""
    return await scoped_addresses.verify(in_scope, code)


@post(
    "/addresses/{code:str}/aliases",
    operation_id="addAddressAlias",
    status_code=200,
    responses=documented(401, 403, 404, 409, 422),
)
@answered_again
async def add_alias(
    code: FromPath[str], data: JSONBody[AddressAlias], in_scope: NamedDependency[Scope]
) -> AddressRecord:
    """Write down a Vpostcode or the ministry's code for this door."""
    return await scoped_addresses.add_alias(in_scope, code, data)


@post(
    "/addresses/{code:str}/aliases/end",
    operation_id="endAddressAlias",
    status_code=200,
    responses=documented(401, 403, 404, 422),
)
@answered_again
async def end_alias(
    code: FromPath[str], data: JSONBody[AliasToEnd], in_scope: NamedDependency[Scope]
) -> AddressRecord:
    """Say from which day on another's code no longer holds; the day may be corrected."""
    return await scoped_addresses.end_alias(in_scope, code, data)


@dataclass
class _ListOperation(FileOperation):
    # GeoJSON is not named, though taken whatever it is called: of several kinds some generated
    # clients choose the one with `json` in its name and write JSON, which bytes are not.
    takes = ("text/csv", XLSX)


@dataclass
class _ExportOperation(FileOperation):
    gives = tuple(kind.partition(";")[0] for kind in MEDIA_TYPES.values())


@post(
    "/addresses/imports",
    operation_id="importAddresses",
    operation_class=_ListOperation,
    status_code=200,
    responses=documented(401, 403, 422),
)
@answered_again
async def import_list(
    request: Request[Any, Any, Any],
    in_scope: NamedDependency[Scope],
    dry_run: FromQuery[bool] = False,
) -> ImportedAddresses:
    """Add the doors of a CSV, GeoJSON or XLSX list; doubles are found by place and text."""
    return await import_addresses(in_scope, await request.body(), dry_run=dry_run)


@get(
    "/addresses/export",
    operation_id="exportAddresses",
    operation_class=_ExportOperation,
    responses=documented(401, 422),
)
async def export(
    in_scope: NamedDependency[Scope],
    form: Annotated[ExportFormat, QueryParameter(name="format")] = "geojson",
    ward: FromQuery[str | None] = None,
) -> Response[bytes]:
    """Every door the asker may see, of one ward or all, as GeoJSON, CSV or GeoPackage."""
    content = await export_addresses(in_scope, form, ward_code=ward)
    return Response(
        content,
        media_type=MEDIA_TYPES[form],
        headers={Header.CONTENT_DISPOSITION: f'attachment; filename="asm-addresses.{form}"'},
    )


HANDLERS = [
    find,
    nearest,
    at,
    export,
    import_list,
    read,
    issue,
    correct_point,
    describe,
    verify,
    add_alias,
    end_alias,
]
