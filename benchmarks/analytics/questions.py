"""Officers' pages and questions, timed at the front door; and the same of the raw rows."""

import asyncio
import contextlib
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import httpx
import psycopg

from asm.accounts.demo_passwords import DEMO_PASSWORDS
from benchmarks.analytics.figure_pages import figure_pages
from benchmarks.analytics.invented_flags import a_flag, largest_ward, let_in, put_flags
from benchmarks.analytics.invented_guests import put_guests
from benchmarks.analytics.whole_month import of_raw_rows, of_totals
from benchmarks.contenders import Server
from benchmarks.rig import Rig

_TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')
_PAGES: dict[str, tuple[str, ...]] = {
    "minh": (),
    "quang": ("/province", "/figures?area=province:01", "/figures?area=province:01&view=origins"),
    "nga": ("/country", "/figures?area=country", "/figures?area=country&view=origins"),
}  # fmt: skip
#: Of a ward of ordinary size and of the largest; `{night}` is the last night that was invented, and
#: `{house}` the one with five thousand flags, of which `{flag}` is one (in the largest ward alone).
_WARD_PAGES = (
    "/ward", "/ward?night={night}", "/ward?all=1", "/ward/guests?night={night}",
    "/ward/guests?night={night}&page=2", "/ward/guests?night={night}&search=nha",
    *(f"/ward/guests?night={{night}}&only={kind}"
      for kind in ("foreign", "flagged", "late", "overdue", "left")),
    "/ward/flags", "/ward/flags?page=3", "/ward/facilities", "/ward/facilities?page=2",
    "/ward/map?night={night}", "/ward/patrol", "/ward/shift", "/ward/assist", "/ward/figures",
    "/ward/figures?view=origins",
)  # fmt: skip
_LARGEST_PAGES = ("/ward/flags/{flag}", "/ward/facilities/{house}")


@dataclass(frozen=True)
class Timed:
    """What somebody asked for, and the median time of the answer."""

    who: str
    what: str
    limit: str
    median_ms: float


def ask_all(rig: Rig, server: Server, turns: int, last: date) -> list[Timed]:
    """Pages as people sign in for them, questions as software asks, sums as SQL."""
    timed = _ward_pages(rig, server, turns, last)
    for login, pages in _PAGES.items():
        with contextlib.closing(signed_in(server, login)) as client:
            timed += [
                _timed(login, page, "50 ms, 1.2 ×", turns, _getting(client, page)) for page in pages
            ]
            timed += _slowest(login, client, min(turns, 3), last)
    with httpx.Client(base_url=server.address, timeout=120) as client:
        client.headers["Authorization"] = f"Bearer {_token(client, 'nga')}"
        span = f"first={last - timedelta(days=455)}&last={last}"
        for what, path in (
            ("flows of 15 months", f"/api/v1/figures/flows?area=country&{span}"),
            ("a month of a province's wards", f"/api/v1/figures/provinces/01/wards?{_month(last)}"),
            ("a month of all provinces", f"/api/v1/figures/provinces?{_month(last)}"),
        ):
            limit = "150 ms" if "flows" in what else "100 ms"
            timed.append(_timed("nga", what, limit, turns, _getting(client, path)))
    timed += _sums(rig, turns, last)
    return timed


def _ward_pages(rig: Rig, server: Server, turns: int, last: date) -> list[Timed]:
    with psycopg.connect(rig.admin_url, autocommit=True) as connection:
        largest = largest_ward(connection)
        put_flags(connection)
        let_in(connection, "minh", largest)
        own = connection.execute("SELECT ward_code FROM account WHERE login = 'minh'").fetchone()
        house, flag = a_flag(connection)
    ordinary = str(own[0]) if own else largest
    asyncio.run(put_guests(rig, (ordinary, largest), last))
    with psycopg.connect(rig.admin_url, autocommit=True) as connection:
        connection.execute("ANALYZE flag, stay_version, vault.guest_record")
    timed = []
    with contextlib.closing(signed_in(server, "minh")) as client:
        for ward, size, pages in (
            (ordinary, "an ordinary ward", _WARD_PAGES),
            (largest, "the largest ward", (*_WARD_PAGES, *_LARGEST_PAGES)),
        ):
            form = {"ward_code": ward, "_csrf_token": hidden_token(client, "/ward/wards")}
            client.post("/ward/wards", data=form)
            for page in pages:
                path = page.format(night=last, house=house, flag=flag)
                what = f"{page.format(night='N', house='H', flag='F')}, {size}"
                limit = "50 ms, 1.2 ×"
                timed.append(_timed("minh", what, limit, turns, _getting(client, path)))
    return timed


def _month(last: date) -> str:
    return f"first={last - timedelta(days=29)}&last={last}"


def _slowest(who: str, client: httpx.Client, turns: int, last: date) -> list[Timed]:
    """Of each area's view of figures the slowest of all spans and filters."""
    slowest: dict[str, Timed] = {}
    for reader, view, address in figure_pages(last):
        if reader == who:
            timed = _timed(who, view, "50 ms, 1.2 ×", turns, _getting(client, address))
            if view not in slowest or timed.median_ms > slowest[view].median_ms:
                slowest[view] = timed
    return list(slowest.values())


def _sums(rig: Rig, turns: int, last: date) -> list[Timed]:
    """A province's month by ward, all measures of its answer."""
    with psycopg.connect(rig.admin_url, autocommit=True) as connection:
        given = {"first": last - timedelta(days=29), "last": last, "province": "01"}
        kept = partial(of_totals, connection, given)
        raw = partial(of_raw_rows, connection, given)
        if kept() != raw():
            raise SystemExit("totals and raw rows differ")
        return [
            _timed("SQL", "a province's month by ward, totals", "100 ms", turns, kept),
            _timed("SQL", "a province's month by ward, raw rows", "50 × totals", 3, raw),
        ]


def _timed(who: str, what: str, limit: str, turns: int, deed: Callable[[], object]) -> Timed:
    deed()
    took = []
    for _ in range(turns):
        begun = time.perf_counter()
        deed()
        took.append((time.perf_counter() - begun) * 1000)
    return Timed(who, what, limit, statistics.median(took))


def _getting(client: httpx.Client, path: str) -> Callable[[], None]:
    def get() -> None:
        answer = client.get(path)
        if answer.status_code != httpx.codes.OK:
            raise SystemExit(f"{path} answers {answer.status_code}: {answer.text[:500]}")

    return get


def signed_in(server: Server, login: str) -> httpx.Client:
    client = httpx.Client(base_url=server.address, timeout=120, follow_redirects=True)
    token = hidden_token(client, "/sign-in")
    form = {"login": login, "password": DEMO_PASSWORDS[login], "_csrf_token": token}
    client.post("/sign-in", data=form)
    return client


def hidden_token(client: httpx.Client, path: str) -> str:
    hidden = _TOKEN.search(client.get(path).text)
    if hidden is None:
        raise SystemExit(f"{path} has no form")
    return hidden.group(1)


def _token(client: httpx.Client, login: str) -> str:
    given = {"login": login, "password": DEMO_PASSWORDS[login], "label": "benchmark"}
    token: str = client.post("/api/v1/tokens", json=given).json()["token"]
    return token
