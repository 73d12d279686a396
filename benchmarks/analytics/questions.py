"""Officers' pages and questions, timed at the front door; and the same of the raw rows."""

import contextlib
import re
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import httpx
import psycopg

from asm.accounts.demo_passwords import DEMO_PASSWORDS
from benchmarks.contenders import Server
from benchmarks.rig import Rig

_TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')
_PAGES: dict[str, tuple[str, ...]] = {
    "minh": (
        "/ward", "/ward/guests", "/ward/flags", "/ward/facilities", "/ward/map", "/ward/figures",
        "/ward/figures?view=origins",
    ),
    "quang": ("/province", "/figures?area=province:01", "/figures?area=province:01&view=origins"),
    "nga": ("/country", "/figures?area=country", "/figures?area=country&view=origins"),
}  # fmt: skip
_RAW_MONTH = """
SELECT s.ward_code, sum(least(s.end_night, CAST(%(last)s AS date) + 1)
    - greatest(s.first_night, CAST(%(first)s AS date))) AS guest_nights
FROM stay s JOIN ward w ON w.code = s.ward_code
WHERE s.voided_at IS NULL AND NOT s.hourly AND s.first_night <= %(last)s
  AND s.end_night > %(first)s AND s.arrival_date > CAST(%(first)s AS date) - 400
  AND s.arrival_date <= CAST(%(last)s AS date) + 1
  AND (%(province)s = '' OR w.province_code = %(province)s)
GROUP BY s.ward_code
"""
_TOTALS_MONTH = """
SELECT t.ward_code, sum(t.guest_nights) AS guest_nights
FROM night_total t JOIN ward w ON w.code = t.ward_code
WHERE t.night BETWEEN %(first)s AND %(last)s
  AND (%(province)s = '' OR w.province_code = %(province)s)
GROUP BY t.ward_code
HAVING sum(t.guest_nights) > 0
"""


@dataclass(frozen=True)
class Timed:
    """What somebody asked for, and the median time of the answer."""

    who: str
    what: str
    limit: str
    median_ms: float


def ask_all(rig: Rig, server: Server, turns: int, last: date) -> list[Timed]:
    """Pages as people sign in for them, questions as software asks, sums as SQL."""
    timed: list[Timed] = []
    for login, pages in _PAGES.items():
        with contextlib.closing(_signed_in(server, login)) as client:
            timed += [
                _timed(login, page, "50 ms, 1.2 ×", turns, _getting(client, page)) for page in pages
            ]
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


def _month(last: date) -> str:
    return f"first={last - timedelta(days=29)}&last={last}"


def _sums(rig: Rig, turns: int, last: date) -> list[Timed]:
    timed = []
    with psycopg.connect(rig.admin_url, autocommit=True) as connection:
        for province, name in (("01", "a province's wards"), ("", "all wards")):
            given = {"first": last - timedelta(days=29), "last": last, "province": province}
            kept = partial(_by_ward, connection, _TOTALS_MONTH, given)
            raw = partial(_by_ward, connection, _RAW_MONTH, given)
            if kept() != raw():
                raise SystemExit(f"totals and raw rows differ for {name}")
            timed += [
                _timed("SQL", f"month of {name}, totals", "100 ms", turns, kept),
                _timed("SQL", f"month of {name}, raw rows", "50 × totals", min(turns, 3), raw),
            ]
    return timed


def _by_ward(
    connection: psycopg.Connection, sql: str, given: Mapping[str, object]
) -> dict[str, int]:
    return dict(connection.execute(sql.encode(), given).fetchall())


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


def _signed_in(server: Server, login: str) -> httpx.Client:
    client = httpx.Client(base_url=server.address, timeout=120, follow_redirects=True)
    hidden = _TOKEN.search(client.get("/sign-in").text)
    if hidden is None:
        raise SystemExit("the page to sign in has no form")
    form = {"login": login, "password": DEMO_PASSWORDS[login], "_csrf_token": hidden.group(1)}
    client.post("/sign-in", data=form)
    return client


def _token(client: httpx.Client, login: str) -> str:
    given = {"login": login, "password": DEMO_PASSWORDS[login], "label": "benchmark"}
    token: str = client.post("/api/v1/tokens", json=given).json()["token"]
    return token
