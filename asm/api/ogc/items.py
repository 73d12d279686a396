"""The features of a collection, page by page, and one by one."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from asm.api.cached import GEOJSON, JSON, answer
from asm.api.ogc.documents import base_of, link, require_collection
from asm.api.ogc.query import PARAMETERS, FeatureQuery, read_query
from asm.api.query_guard import HEARS
from asm.errors import not_found
from asm.facilities.public.public_facilities import public_facilities, public_facility
from asm.geo.areas.ward_features import ward_feature, ward_features
from asm.geo.maps.features import Feature, Frame

#: A facility that closes is gone from every cache within a minute; boundaries change by the year.
MAX_AGE_S: Final = {"wards": 300, "facilities": 60}

Lister = Callable[[AsyncSession, Frame], Awaitable[tuple[list[Feature], int]]]
_LISTERS: Final[Mapping[str, Lister]] = {"wards": ward_features, "facilities": public_facilities}


@get(
    "/collections/{collection:str}/items",
    operation_id="ogcItems",
    opt={HEARS: sorted(PARAMETERS)},
)
async def items(
    collection: FromPath[str],
    request: Request[Any, Any, Any],
    state: State,
    session: NamedDependency[AsyncSession],
) -> Response[bytes]:
    """The features in `bbox` (west, south, east, north), `limit` at a time, as GeoJSON."""
    require_collection(collection)
    query = dict(request.query_params.items())
    feature_query = read_query(query)
    features, matched = await _LISTERS[collection](session, feature_query.frame)
    here = f"{base_of(state)}/collections/{collection}"
    body: dict[str, Any] = {
        "type": "FeatureCollection",
        "features": features,
        "numberMatched": matched,
        "numberReturned": len(features),
        "links": [
            *_pages(f"{here}/items", query, feature_query, matched),
            link(here, "collection", JSON),
        ],
    }
    if feature_query.notes:
        body["note"] = " ".join(note for note, _ in feature_query.notes)
        body["note_en"] = " ".join(note for _, note in feature_query.notes)
    return answer(request, body, media_type=GEOJSON, max_age_s=MAX_AGE_S[collection])


@get("/collections/{collection:str}/items/{feature_id:str}", operation_id="ogcItem")
async def item(
    collection: FromPath[str],
    feature_id: FromPath[str],
    request: Request[Any, Any, Any],
    state: State,
    session: NamedDependency[AsyncSession],
) -> Response[bytes]:
    """One feature. What is not public is as absent as what was never there."""
    require_collection(collection)
    feature = await _find_feature(session, collection, feature_id)
    if feature is None:
        raise not_found("feature")
    here = f"{base_of(state)}/collections/{collection}"
    body = {
        "type": "Feature",
        "id": feature.id,
        "geometry": feature.geometry,
        "properties": feature.properties,
        "links": [
            link(f"{here}/items/{feature.id}", "self", GEOJSON),
            link(here, "collection", JSON),
        ],
    }
    return answer(request, body, media_type=GEOJSON, max_age_s=MAX_AGE_S[collection])


async def _find_feature(session: AsyncSession, collection: str, feature_id: str) -> Feature | None:
    if collection == "wards":
        return await ward_feature(session, feature_id)
    try:
        return await public_facility(session, UUID(feature_id))
    except ValueError:
        return None


def _pages(
    here: str, query: Mapping[str, str], feature_query: FeatureQuery, matched: int
) -> list[dict[str, str]]:
    """Links to this page, the next and the one before."""
    frame = feature_query.frame

    def at(offset: int) -> str:
        return f"{here}?{urlencode({**query, 'limit': frame.limit, 'offset': offset})}"

    links = [link(at(frame.offset), "self", GEOJSON)]
    if frame.offset + frame.limit < matched:
        links.append(link(at(frame.offset + frame.limit), "next", GEOJSON))
    if frame.offset > 0:
        links.append(link(at(max(0, frame.offset - frame.limit)), "prev", GEOJSON))
    return links
