"""The walk of `asm smoke` against a live server: what it leaves, and that it can fail."""

import io
from collections.abc import Callable, Mapping

import httpx
import psycopg
import pytest
from rich.console import Console

from asm.demo.smoke import http, walk
from asm.demo.smoke.http import SmokeFailure
from asm.demo.smoke.offline import tampered
from asm.demo.smoke.walk import walk as walk_through
from local.machine.progress import Progress
from tests.conftest import Database

pytestmark = pytest.mark.slow


@pytest.fixture
def output() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def progress(output: io.StringIO) -> Progress:
    return Progress(Console(file=output, highlight=False, soft_wrap=True))


def count(database: Database, query: str) -> int:
    with psycopg.connect(database.admin_url) as connection:
        row = connection.execute(query).fetchone()  # type: ignore[call-overload]  # plain text
    assert row is not None
    return int(row[0])


@pytest.mark.usefixtures("worker")
def test_the_walk_ends_well_as_often_as_one_likes(
    live_server: str,
    passwords: Mapping[str, str],
    progress: Progress,
    output: io.StringIO,
    database: Database,
) -> None:
    for _ in range(2):
        walk_through(live_server, passwords, progress)
    assert "NOT DONE" not in output.getvalue()
    assert count(database, "SELECT count(*) FROM stay") == 6
    assert count(database, "SELECT count(*) FROM stay WHERE voided_at IS NULL") == 0
    assert count(database, "SELECT count(DISTINCT via) FROM stay") == 3
    assert count(database, "SELECT count(*) FROM api_token WHERE revoked_at IS NULL") == 0


def test_without_a_worker_the_walk_fails(
    live_server: str,
    passwords: Mapping[str, str],
    progress: Progress,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http, "WAIT_S", 1.0)
    with pytest.raises(SmokeFailure, match="with its worker"):
        walk_through(live_server, passwords, progress)


def made_up(*_: object) -> None:
    raise SmokeFailure("made up")


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("end", [made_up, interrupted])
def test_a_walk_that_ends_midway_leaves_nothing_in_force(
    end: Callable[..., None],
    live_server: str,
    passwords: Mapping[str, str],
    progress: Progress,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(walk, "verify_offline", end)
    with pytest.raises((SmokeFailure, KeyboardInterrupt)):
        walk_through(live_server, passwords, progress)
    assert count(database, "SELECT count(*) FROM stay") == 3
    assert count(database, "SELECT count(*) FROM stay WHERE voided_at IS NULL") == 0


def test_no_accounts_is_said(progress: Progress) -> None:
    with pytest.raises(SmokeFailure, match="no demo accounts"):
        walk_through("http://127.0.0.1:9", {}, progress)


def test_an_unexpected_answer_names_the_request() -> None:
    request = httpx.Request("GET", "http://127.0.0.1/api/v1/me")
    with pytest.raises(SmokeFailure, match="GET /api/v1/me answered 401, not 200"):
        http.expect_body(httpx.Response(401, request=request), 200)


def test_tampering_changes_one_part() -> None:
    token = "ASM1.a.b.c.1.d.1.2.T.3.sig"
    assert tampered(token) == "ASM1.a.b.c.1.d.1.2.F.3.sig"
    assert tampered(tampered(token)) == token
