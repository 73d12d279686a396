"""Every address below /ogc. All are public: they give nothing that row-level security hides."""

from litestar import Router

from asm.api.ogc import items, pages

ogc_router = Router(
    path="/ogc",
    route_handlers=[
        pages.landing,
        pages.conformance,
        pages.collections,
        pages.one_collection,
        pages.api,
        items.items,
        items.item,
    ],
    include_in_schema=False,
)
