"""Every address below /ogc. All are public: they give nothing that row-level security hides."""

from litestar import Router

from asm.api.ogc import documents, items
from asm.api.query_guard import HEARS

ogc_router = Router(
    path="/ogc",
    route_handlers=[
        documents.landing,
        documents.conformance,
        documents.collections,
        documents.one_collection,
        documents.api,
        items.items,
        items.item,
    ],
    include_in_schema=False,
    opt={HEARS: ["f"]},
)
