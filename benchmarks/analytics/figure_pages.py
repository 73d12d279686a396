"""Every view of the figures' pages, of each kind of area, over short and long spans, with each
filter alone and with all together: the slowest span and filter of each view stands for it.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product

VIEWS = ("overview", "origins", "season", "labour")
#: By who reads them: a ward, the province with most guests, Hà Nội, the country.
_AREAS = {
    "minh": ("/ward/figures?",),
    "quang": ("/figures?area=province:01&",),
    "nga": ("/figures?area=province:79&", "/figures?area=country&"),
}
#: None, each alone, all together.
_FILTERS = (
    "",
    "kind=hotel",
    "residence=P01&residence=CKOR",
    "reason=1&reason=2",
    "tourism=yes",
    "kind=hotel&residence=P01&residence=P79&reason=1&tourism=yes",
)


def figure_pages(last: date) -> Iterator[tuple[str, str, str]]:
    """(who, an area's view, address) of each page, for nights that end with `last`."""
    for who, areas in _AREAS.items():
        for area, view in product(areas, VIEWS):
            for nights, narrowing in product(_spans(last), _FILTERS):
                # Where people live and work is asked of everybody.
                if view == "labour" and narrowing:
                    continue
                fields = "&".join(each for each in (f"view={view}", nights, narrowing) if each)
                yield who, f"{area}view={view}, slowest filter and span", f"{area}{fields}"


def _spans(last: date) -> tuple[str, ...]:
    """The last thirty nights, a month, fifteen months, three years."""
    month = last.replace(day=1) - timedelta(days=1)
    return (
        "",
        f"month={month:%Y-%m}",
        f"first={last - timedelta(days=455)}&last={last}",
        f"first={last - timedelta(days=1095)}&last={last}",
    )
