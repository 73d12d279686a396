"""The register of digital addresses, as far as the asker may see it."""

from typing import Annotated

import msgspec
from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.actor import Actor
from asm.api.problems import documented
from asm.facilities import addresses
from asm.facilities.addresses import AddressToIssue, PointToCorrect
from asm.geo.address_changes import AddressAlias, Description
from asm.geo.addresses import DigitalAddress
from asm.geo.door_code import encode
from asm.geo.find_addresses import LONGEST_QUERY, MOST_FOUND, AddressRecord, FoundAddress
from asm.geo.plus_code import plus_code
from asm.geo.wards import WardHit, ward_at

Latitude = Annotated[float, QueryParameter(description="degrees north")]
Longitude = Annotated[float, QueryParameter(description="degrees east")]
Limit = Annotated[int, QueryParameter(ge=1, le=MOST_FOUND)]


class PlaceAt(msgspec.Struct, frozen=True, kw_only=True):
    """What a point is: its ward, the codes anyone can compute, and the doors within 50 m that the
    asker may see. `cell_code` is the name of the cell, not of a door: it may not be issued.
    """

    ward: WardHit
    cell_code: str
    plus_code: str
    addresses: list[FoundAddress]


@get("/addresses", operation_id="findAddresses", responses=documented(401, 422))
async def find(
    actor: NamedDependency[Actor],
    session: NamedDependency[AsyncSession],
    q: Annotated[str, QueryParameter(min_length=1, max_length=LONGEST_QUERY)],
    limit: Limit = 20,
) -> list[FoundAddress]:
    """By a code (ours, Plus Code, Vpostcode, the ministry's) or by text, typing errors allowed."""
    return await addresses.search_addresses(session, actor, q, limit)


@get("/addresses/nearest", operation_id="nearestAddresses", responses=documented(401, 422))
async def nearest(
    actor: NamedDependency[Actor],
    session: NamedDependency[AsyncSession],
    lat: Latitude,
    lon: Longitude,
    within_m: Annotated[float, QueryParameter(gt=0, le=20_000)] = 1000,
    limit: Limit = 20,
) -> list[FoundAddress]:
    """The nearest doors, nearest first."""
    return await addresses.addresses_around(
        session, actor, (lat, lon), within_m=within_m, limit=limit
    )


@get("/addresses/at", operation_id="addressAt", responses=documented(401, 422))
async def at(
    actor: NamedDependency[Actor],
    session: NamedDependency[AsyncSession],
    lat: Latitude,
    lon: Longitude,
) -> PlaceAt:
    """Reverse look-up: the ward of a point, its codes, and the doors there."""
    return PlaceAt(
        ward=await ward_at(session, lat, lon),
        cell_code=encode(lat, lon),
        plus_code=plus_code(lat, lon),
        addresses=await addresses.addresses_around(
            session, actor, (lat, lon), within_m=addresses.AT_M, limit=20
        ),
    )


@get("/addresses/{code:str}", operation_id="getAddress", responses=documented(401, 404, 422))
async def read(
    code: FromPath[str], actor: NamedDependency[Actor], session: NamedDependency[AsyncSession]
) -> AddressRecord:
    """One door: its aliases with their dates, and every change."""
    return await addresses.read_address(session, actor, code)


@post("/addresses", operation_id="issueAddress", responses=documented(401, 403, 409, 422))
async def issue(
    data: JSONBody[AddressToIssue],
    actor: NamedDependency[Actor],
    session: NamedDependency[AsyncSession],
) -> DigitalAddress:
    """Give a door without a facility its code: officers in their ward, administrators anywhere."""
    return await addresses.issue_new(session, actor, data)


@put(
    "/addresses/{code:str}/point",
    operation_id="correctAddressPoint",
    responses=documented(401, 403, 404, 409, 422),
)
async def correct_point(
    code: FromPath[str],
    data: JSONBody[PointToCorrect],
    actor: NamedDependency[Actor],
    session: NamedDependency[AsyncSession],
) -> AddressRecord:
    """Correct where the door is; its code stays."""
    return await addresses.correct_point(session, actor, code, data)


@put(
    "/addresses/{code:str}/description",
    operation_id="describeAddress",
    responses=documented(401, 403, 404, 422),
)
async def describe(
    code: FromPath[str],
    data: JSONBody[Description],
    actor: NamedDependency[Actor],
    session: NamedDependency[AsyncSession],
) -> AddressRecord:
    """Correct the text, the old unit, the floor or the kind of building."""
    return await addresses.describe(session, actor, code, data)


@post(
    "/addresses/{code:str}/verification",
    operation_id="verifyAddress",
    status_code=200,
    responses=documented(401, 403, 404, 422),
)
async def verify(
    code: FromPath[str], actor: NamedDependency[Actor], session: NamedDependency[AsyncSession]
) -> AddressRecord:
    """Say that the door was found where the register has it."""
    return await addresses.verify(session, actor, code)


@post(
    "/addresses/{code:str}/aliases",
    operation_id="addAddressAlias",
    status_code=200,
    responses=documented(401, 403, 404, 409, 422),
)
async def add_alias(
    code: FromPath[str],
    data: JSONBody[AddressAlias],
    actor: NamedDependency[Actor],
    session: NamedDependency[AsyncSession],
) -> AddressRecord:
    """Write down a Vpostcode or the ministry's code for this door."""
    return await addresses.add_alias(session, actor, code, data)


HANDLERS = [find, nearest, at, read, issue, correct_point, describe, verify, add_alias]
