"""Every page and operation of the ward's work and of figures, and what each of the cast gets there.

The table stands in `figure_routes.txt`: what is new is a line there, or a test fails.
ASM_WRITE_SCOPES=1 writes the table anew, to be read line by line before it is kept. 303 of a
stranger leads to the sign-in; 404 is the same for whatever is absent and for whatever is another's.
"""

import re
from pathlib import Path
from typing import Any, Final

from litestar import Litestar
from litestar.routes import HTTPRoute

from asm.demo.cast import WARD_A, Cast

#: `nobody` is not signed in.
PEOPLE: Final = ("minh", "thao", "quang", "nga", "van", "lan", "admin", "nobody")
BLANK: Final = "00000000-0000-0000-0000-000000000000"
_TABLE: Final = Path(__file__).with_suffix(".txt")
_OF_FIGURES: Final = re.compile(
    r"/(api/v1/)?(ward|wards|province|provinces|country|watchlists|figures|lookups|mine|open|gates)"
    r"([./]|$)"
)


def expected() -> dict[str, dict[str, int]]:
    """By `METHOD /path/{of}/the/route`, the status for each of PEOPLE."""
    table: dict[str, dict[str, int]] = {}
    for line in _TABLE.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            *statuses, method, path = line.split()
            table[f"{method} {path}"] = dict(zip(PEOPLE, map(int, statuses), strict=True))
    return table


def write_column(person: str, answers: dict[str, int]) -> None:
    """Record what one of PEOPLE got, to be read before it is kept."""
    table = expected()
    for route in table.keys() | answers.keys():
        table.setdefault(route, dict.fromkeys(PEOPLE, 0))[person] = answers.get(route, 0)
    kept = {route: row for route, row in table.items() if route in answers}
    head = [line for line in _TABLE.read_text("utf-8").splitlines() if line.startswith("#")]
    lines = [
        " ".join([*(f"{row[each]:03}" for each in PEOPLE), route])
        for route, row in sorted(kept.items(), key=lambda item: item[0].split(" ")[::-1])
    ]
    _TABLE.write_text("\n".join([*head, *lines, ""]), "utf-8")


def routes_of_figures(app: Litestar) -> set[str]:
    """As `expected` names them."""
    return {
        f"{method} {re.sub(r':(uuid|str|int|path)}', '}', route.path)}"
        for route in app.routes
        if isinstance(route, HTTPRoute) and _OF_FIGURES.match(route.path)
        for method in route.route_handler_map
        if method not in {"HEAD", "OPTIONS"}
    }


def address_of(path: str, cast: Cast, **parts: Any) -> str:
    """Of the ward of Minh and of the hotel there, unless said otherwise; ids of nothing."""
    known = {"ward_code": WARD_A, "facility_id": str(cast.hoa_sen), "province_code": "01", **parts}
    return re.sub(r"{(\w+)}", lambda match: str(known.get(match[1], BLANK)), path)
