"""Public catalogues: provinces, wards, facility kinds, document types, reasons."""

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncSession

from asm.api.cached import answer
from asm.api.problems import documented
from asm.facilities.kinds import KINDS, FacilityKind
from asm.geo.areas.history import WardHistory, ward_history
from asm.geo.areas.old_units.old_units import MOST_TEXT, Mapped, map_old, map_old_code
from asm.geo.areas.succession import as_of_today
from asm.geo.areas.wards import (
    Province,
    Ward,
    WardHit,
    find_wards,
    list_provinces,
    list_wards,
    ward_at,
)
from asm.geo.points import Point
from asm.identity.pasted_text import clean_number, clean_text
from asm.imports.all_rules import PUBLISHED
from asm.stays.rules.catalogues import DOCUMENT_TYPES, REASONS, CatalogueItem
from asm.stays.rules.rule import Rule

MOST_WARDS = 50
#: Areas change on a day that is known long before; a catalogue with a new version of the product.
AREAS_FOR_S = 300
CATALOGUE_FOR_S = 3600
AnyRequest = Request[Any, Any, Any]


@get("/areas/provinces", operation_id="listProvinces")
async def provinces(
    request: AnyRequest, session: NamedDependency[AsyncSession]
) -> Response[list[Province]]:
    """The 34 provinces and cities."""
    return answer(request, await list_provinces(session), max_age_s=AREAS_FOR_S)


@get("/areas/wards", operation_id="listWards", responses=documented(422))
async def wards(
    request: AnyRequest,
    session: NamedDependency[AsyncSession],
    province: FromQuery[str | None] = None,
    q: FromQuery[str | None] = None,
) -> Response[list[Ward]]:
    """Wards of one province, or those whose name matches `q` with or without accents; of one
    province those whose name matches when both are given.
    """
    if q is not None:
        named = await find_wards(session, clean_text(q), MOST_WARDS)
        matches = [ward for ward in named if province in {None, ward.province_code}]
    else:
        matches = await list_wards(session, province or "")
    return answer(request, matches, max_age_s=AREAS_FOR_S)


# Where somebody lives is told in the body: addresses of requests end up in the logs of proxies.
class WardQuestion(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A point in degrees north and east, and the day that is asked about (None: today)."""

    lat: float
    lon: float
    day: date | None = None


class OldUnitQuestion(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`q`: commune, district, province; or `code`: its statistics code then."""

    q: Annotated[str, Meta(max_length=MOST_TEXT)] = ""
    code: Annotated[str, Meta(max_length=20)] | None = None


@post("/areas/wards/at", operation_id="wardAt", status_code=200, responses=documented(422))
async def at(data: JSONBody[WardQuestion], session: NamedDependency[AsyncSession]) -> WardHit:
    """The ward of a point, today or as areas were on `day` (from 2025-07-01). `approximate` tells
    that no boundary is loaded for it, `also_in` that it lies on a border or in an overlap.
    """
    return await ward_at(session, Point.of(data), data.day)


@get("/areas/wards/{ward_code:str}", operation_id="wardHistory", responses=documented(404))
async def history(ward_code: FromPath[str], session: NamedDependency[AsyncSession]) -> WardHistory:
    """A ward with its former forms, events, codes in other lists and neighbours."""
    return await ward_history(session, ward_code)


@post("/areas/old-units", operation_id="mapOldUnit", status_code=200, responses=documented(422))
async def old_unit(
    data: JSONBody[OldUnitQuestion], session: NamedDependency[AsyncSession]
) -> Mapped:
    """What became of a unit of before 2025-07-01: one answer where it went whole, a question with
    its choices where it was divided or the text fits several; never a guess. Changes of areas that
    were recorded since are taken into account.
    """
    # Reading the table takes a moment the first time.
    if data.code:
        mapped = await asyncio.to_thread(map_old_code, clean_number(data.code))
    else:
        mapped = await asyncio.to_thread(map_old, clean_text(data.q))
    return await as_of_today(session, mapped)


@get("/catalogues/facility-kinds", operation_id="listFacilityKinds")
async def facility_kinds(request: AnyRequest) -> Response[list[FacilityKind]]:
    """Every kind of place that can be registered, and what it implies."""
    return answer(request, list(KINDS.values()), max_age_s=CATALOGUE_FOR_S)


@get("/catalogues/document-types", operation_id="listDocumentTypes")
async def document_types(request: AnyRequest) -> Response[list[CatalogueItem]]:
    """Document types 1 to 9 of the official spreadsheet."""
    return answer(request, _labels(DOCUMENT_TYPES), max_age_s=CATALOGUE_FOR_S)


@get("/catalogues/reasons", operation_id="listReasons")
async def reasons(request: AnyRequest) -> Response[list[CatalogueItem]]:
    """Reasons for a stay; the list is open, unknown codes up to the highest are accepted."""
    return answer(request, _labels(REASONS), max_age_s=CATALOGUE_FOR_S)


@get("/rules", operation_id="listRules")
async def rules(request: AnyRequest) -> Response[list[Rule]]:
    """The published rules: the same list that judges every declaration."""
    return answer(request, list(PUBLISHED), max_age_s=CATALOGUE_FOR_S)


def _labels(catalogue: Mapping[int, CatalogueItem]) -> list[CatalogueItem]:
    return [
        CatalogueItem(code=item.code, label=item.label, label_en=item.label_en)
        for _, item in sorted(catalogue.items())
    ]


HANDLERS = [provinces, wards, at, history, old_unit, facility_kinds, document_types, reasons, rules]
