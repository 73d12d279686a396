"""Every address of the application, with something in the place of its parameters."""

import re
from typing import Any

from litestar import Litestar
from litestar.routes import HTTPRoute

from asm.demo.cast import Cast

#: These end the page session of whoever tries every address.
ENDING = {"/sign-out", "/codes/use/other"}
BLANK = "00000000-0000-0000-0000-000000000000"
_PARTS = {
    "province_code": "01", "ward_code": "00070", "collection": "wards", "feature_id": "00070",
    "layer": "areas", "code": "VNMXSWX9XP01G", "change": "depart", "channel": "sms",
}  # fmt: skip


def filled(path: str, cast: Cast) -> str:
    """The address of a route, of the hotel where it is about a facility."""

    def part(match: re.Match[str]) -> str:
        name, kind = match[1], match[2]
        if name == "facility_id":
            return str(cast.hoa_sen)
        if kind == "path":
            return "nothing-there"
        return _PARTS.get(name) or {"uuid": BLANK, "int": "1", "date": "2026-03-05"}.get(kind, "x")

    return re.sub(r"\{(\w+):(\w+)\}", part, path)


def addresses(app: Litestar, cast: Cast, method: str) -> list[tuple[str, Any]]:
    """Each with its handler."""
    return sorted(
        (
            (filled(route.path, cast), route.route_handler_map[method][0])
            for route in app.routes
            if isinstance(route, HTTPRoute) and method in route.route_handler_map
        ),
        key=lambda item: item[0],
    )
