"""OGC API - Features, part 1 (OGC 17-069r4): landing page, conformance, collections, the API."""

from typing import Any, Final

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.params import FromPath

from asm.api.cached import GEOJSON, JSON, answer
from asm.api.ogc.query import CRS84
from asm.errors import not_found
from asm.geo.areas.published_areas import REFORM_2025
from asm.geo.points import EAST, NORTH, SOUTH, WEST

OPENAPI: Final = "application/vnd.oai.openapi+json;version=3.0"
#: These pages change with a release only.
MAX_AGE_S: Final = 3600
_CLASSES: Final = ("core", "geojson", "oas30")
#: Title and description of each.
COLLECTIONS: Final = {
    "wards": (
        "Phường, xã, đặc khu · Wards",
        (
            "Đơn vị hành chính cấp xã có ranh giới; datetime: như trong ngày đó. · "
            "Commune-level units with boundaries; datetime: as they were on a day."
        ),
    ),
    "facilities": (
        "Cơ sở lưu trú công khai · Public facilities",
        (
            "Cơ sở đang hoạt động thuộc loại công khai; nhà riêng không bao giờ có ở đây. · "
            "Active facilities of public kinds; private homes are never here."
        ),
    ),
}

Document = dict[str, Any]


def base_of(state: State) -> str:
    """Where clients find us: links never repeat a Host header."""
    return f"{state.settings.public_url}/ogc"


def link(href: str, rel: str, media_type: str, title: str = "") -> dict[str, str]:
    """A link object of the standard."""
    link_object = {"href": href, "rel": rel, "type": media_type}
    return link_object | {"title": title} if title else link_object


def require_collection(collection: str) -> None:
    """Raises `collection_not_found`."""
    if collection not in COLLECTIONS:
        raise not_found("collection")


@get("/", operation_id="ogcLanding")
async def landing(request: Request[Any, Any, Any], state: State) -> Response[bytes]:
    """Where everything is."""
    base = base_of(state)
    return answer(
        request,
        {
            "title": "ASM",
            "description": "Đơn vị hành chính và cơ sở lưu trú công khai của Việt Nam · "
            "Areas and public accommodation facilities of Vietnam",
            "links": [
                link(base, "self", JSON),
                link(f"{base}/api", "service-desc", OPENAPI),
                link(f"{base}/conformance", "conformance", JSON),
                link(f"{base}/collections", "data", JSON),
            ],
        },
        max_age_s=MAX_AGE_S,
    )


@get("/conformance", operation_id="ogcConformance")
async def conformance(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Which classes of the standard hold."""
    part = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
    return answer(
        request, {"conformsTo": [f"{part}/{name}" for name in _CLASSES]}, max_age_s=MAX_AGE_S
    )


@get("/collections", operation_id="ogcCollections")
async def collections(request: Request[Any, Any, Any], state: State) -> Response[bytes]:
    """The collections there are."""
    base = base_of(state)
    return answer(
        request,
        {
            "links": [link(f"{base}/collections", "self", JSON)],
            "collections": [_described(base, name) for name in COLLECTIONS],
        },
        max_age_s=MAX_AGE_S,
    )


@get("/collections/{collection:str}", operation_id="ogcCollection")
async def one_collection(
    collection: FromPath[str], request: Request[Any, Any, Any], state: State
) -> Response[bytes]:
    """One collection."""
    require_collection(collection)
    return answer(request, _described(base_of(state), collection), max_age_s=MAX_AGE_S)


@get("/api", operation_id="ogcApi")
async def api(request: Request[Any, Any, Any], state: State) -> Response[bytes]:
    """These addresses as OpenAPI 3.0, for clients that look for it."""
    paths = ["/", "/conformance", "/collections"]
    for name in COLLECTIONS:
        of = f"/collections/{name}"
        paths += [of, f"{of}/items", f"{of}/items/{{featureId}}"]
    document = {
        "openapi": "3.0.3",
        "info": {"title": "ASM: OGC API - Features", "version": "1.0.0"},
        "servers": [{"url": base_of(state)}],
        "paths": {path: {"get": _operation(path)} for path in paths},
    }
    return answer(request, document, media_type=OPENAPI, max_age_s=MAX_AGE_S)


def _operation(path: str) -> Document:
    parameters: list[Document] = []
    if path.endswith("/items"):
        numbers = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}
        whole = {"type": "integer", "minimum": 0}
        parameters = [
            {"name": "bbox", "in": "query", "schema": numbers, "style": "form", "explode": False},
            {"name": "datetime", "in": "query", "schema": {"type": "string"}},
            {"name": "limit", "in": "query", "schema": whole | {"minimum": 1, "default": 100}},
            {"name": "offset", "in": "query", "schema": whole},
        ]
    if path.endswith("{featureId}"):
        text = {"type": "string"}
        parameters = [{"name": "featureId", "in": "path", "required": True, "schema": text}]
    answers = {"200": {"description": "OK"}, "400": {"description": "The query cannot be read"}}
    return {"parameters": parameters, "responses": answers}


def _described(base: str, name: str) -> Document:
    title, description = COLLECTIONS[name]
    here = f"{base}/collections/{name}"
    return {
        "id": name,
        "title": title,
        "description": description,
        "itemType": "feature",
        "crs": [CRS84],
        "extent": {
            "spatial": {"bbox": [[WEST, SOUTH, EAST, NORTH]], "crs": CRS84},
            "temporal": {"interval": [[f"{REFORM_2025}T00:00:00+07:00", None]]},
        },
        "links": [
            link(here, "self", JSON),
            link(f"{here}/items", "items", GEOJSON, title),
        ],
    }
