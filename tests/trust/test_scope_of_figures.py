"""Who gets what of the ward's work and of figures: each route, each of the cast."""

import os
import re
import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import WARD_A, WARD_B, Cast
from asm.outbox.drain import drain
from asm.worker.subscribers import HANDLERS
from tests.people import guest, just_now, party, sign_in, stays_of
from tests.trust.figure_routes import (
    PEOPLE,
    address_of,
    expected,
    routes_of_figures,
    write_column,
)
from tests.web.province.totals import put_totals, run, tonight
from tests.web.visitor import Visitor

#: A name and figures that stand nowhere else.
NAME = "Trần Thị Kín"
NUMBER = "001190654321"
FIGURE = 7391827


class Reader:
    """One of the cast, or a stranger, at pages and at the interface."""

    def __init__(self, visitor: Visitor, token: dict[str, str]) -> None:
        self.visitor, self.token = visitor, token

    async def send(self, method: str, address: str) -> httpx.Response:
        """A form or a body that says nothing: who may not come in is told so first."""
        client = self.visitor.client
        if address.startswith("/api/"):
            kept = dict(client.cookies)
            client.cookies.clear()
            body: dict[str, Any] = {} if method == "GET" else {"json": {}}
            keys = {} if method == "GET" else {"Idempotency-Key": str(uuid.uuid4())}
            answer = await client.request(method, address, headers={**self.token, **keys}, **body)
            client.cookies.update(kept)
            return answer
        form = None if method == "GET" else {"_csrf_token": self.visitor.token}
        return await client.request(method, address, data=form)


@pytest.fixture
async def reader_of(client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine) -> Any:
    """Signed in, and the password typed again: what is refused then is refused for good."""
    visitor = Visitor(client)

    async def come(login: str) -> Reader:
        token: dict[str, str] = {}
        if login == "nobody":
            await visitor.open("/sign-in")
        else:
            token = await sign_in(visitor.client, cast, login)
            await visitor.sign_in(cast, login)
            await run(admin_engine, "UPDATE web_session SET stepped_up_at = clock_timestamp()")
            await visitor.open("/account")
        return Reader(visitor, token)

    return come


@pytest.fixture
async def evening(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine, worker_engine: AsyncEngine
) -> None:
    """A guest in the hotel of Minh's ward and all that follows, and that ward's figures."""
    lan = await sign_in(client, cast, "lan")
    answer = await client.post(
        stays_of(cast),
        json=party(guest(full_name=NAME, document_number=NUMBER), arrived_at=just_now()),
        headers={**lan, "Idempotency-Key": str(uuid.uuid4())},
    )
    assert answer.status_code == 201, answer.text
    while (await drain(worker_engine, HANDLERS)).remaining:
        pass
    night = await tonight(admin_engine)
    await run(admin_engine, "DELETE FROM night_total")
    await run(admin_engine, "DELETE FROM ward_night")
    for back in (0, 1):
        await put_totals(
            admin_engine,
            night - timedelta(days=back),
            WARD_A,
            facilities_active=3,
            guest_nights=FIGURE,
            arrivals=FIGURE,
        )


def test_every_route_stands_in_the_table(app: Litestar) -> None:
    known = expected()
    assert len(known) > 50, "the table is empty: this test looks at nothing"
    assert routes_of_figures(app) == set(known)


@pytest.mark.parametrize("login", PEOPLE)
@pytest.mark.usefixtures("evening")
async def test_each_gets_what_the_table_says(
    login: str, app: Litestar, reader_of: Any, cast: Cast
) -> None:
    reader = await reader_of(login)
    statuses, named, figures = {}, [], []
    for route in sorted(routes_of_figures(app), key=_signing_out_last):
        method, path = route.split(" ")
        answer = await reader.send(method, address_of(path, cast))
        statuses[route] = answer.status_code
        if any(said in answer.text for said in (NAME, NUMBER, NUMBER[-6:], "Hoa Sen")):
            named.append(path)
        if str(FIGURE) in answer.text or f"{FIGURE:,}".replace(",", ".") in answer.text:
            figures.append(path)
    if "ASM_WRITE_SCOPES" in os.environ:
        write_column(login, statuses)
    assert max(statuses.values()) < 500
    assert statuses == {route: row[login] for route, row in expected().items()}
    # Guests and houses are their ward's, exact figures whose the area is; Minh is the control.
    assert bool(named) is (login == "minh"), named
    assert bool(figures) is (login in {"minh", "quang", "nga"}), figures


def _signing_out_last(route: str) -> tuple[bool, str]:
    return "sign-out" in route, route


ABSENT = "00000000-0000-0000-0000-000000000001"
#: Of a route's parameter, or of what filters it: what is another's, and what is nobody's.
OTHERS = {
    "thao": {"ward_code": (WARD_A, "99999"), "facility_id": ("hoa_sen", ABSENT)},
    "minh": {"ward_code": (WARD_B, "99999"), "facility_id": ("guest_house_b", ABSENT)},
    "lan": {"ward_code": (WARD_A, "99999"), "facility_id": ("guest_house_b", ABSENT)},
    "quang": {"ward_code": (WARD_A, "99999"), "facility_id": ("hoa_sen", ABSENT),
              "province_code": ("48", "99")},
    "nga": {"ward_code": (WARD_A, "99999"), "facility_id": ("hoa_sen", ABSENT)},
    "van": {"ward_code": (WARD_A, "99999"), "facility_id": ("hoa_sen", ABSENT),
            "province_code": ("01", "99")},
}  # fmt: skip
#: Whose figures, in the address of a page or of the interface.
AREAS = {
    "minh": (f"ward:{WARD_B}", "ward:99999"),
    "thao": ("province:01", "province:99"),
    "quang": ("province:48", "province:99"),
    "van": (f"ward:{WARD_A}", "ward:99999"),
    "lan": (f"ward:{WARD_A}", "ward:99999"),
}
_NEW_EACH_TIME = re.compile(r"[0-9a-f]{64,}|[0-9a-f]{8}-[0-9a-f-]{27}")


@pytest.mark.parametrize("login", OTHERS)
async def test_what_is_anothers_is_absent_word_for_word(
    login: str, app: Litestar, reader_of: Any, cast: Cast
) -> None:
    reader = await reader_of(login)
    compared = 0
    for route in sorted(routes_of_figures(app), key=_signing_out_last):
        method, path = route.split(" ")
        for name, (others, absent) in OTHERS[login].items():
            if f"{{{name}}}" in path:
                theirs = str(getattr(cast, others, others))
                await same_answer(
                    reader, method,
                    address_of(path, cast, **{name: theirs}), theirs,
                    address_of(path, cast, **{name: absent}), absent,
                )  # fmt: skip
                compared += 1
    assert compared > 5
    if login in AREAS:
        others, absent = AREAS[login]
        for path in ("/figures", "/figures.csv", "/api/v1/figures", "/api/v1/figures/flows"):
            await same_answer(
                reader, "GET", f"{path}?area={others}", others, f"{path}?area={absent}", absent
            )


async def same_answer(
    reader: Reader, method: str, theirs: str, their_id: str, absent: str, absent_id: str
) -> None:
    first, second = await reader.send(method, theirs), await reader.send(method, absent)
    assert first.status_code == second.status_code, (method, theirs)
    assert first.status_code not in {200, 201, 303}, (method, theirs)

    def shape(answer: httpx.Response, known: str) -> str:
        said = answer.text
        for written in (known, quote(known, safe=""), quote(known)):
            said = said.replace(written, "ID")
        return _NEW_EACH_TIME.sub("NEW", said)

    assert shape(first, their_id) == shape(second, absent_id), (method, theirs)
