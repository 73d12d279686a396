"""Short versions of the scenarios: more than can be taken at once, and servers that break."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

import pytest

from asm.db.migrate import migrate
from asm.db.session import make_engine, one_transaction
from asm.demo.cast import Cast, seed_cast
from asm.geo.areas.fill_areas import seed_areas
from asm.identity.vault.keys import create_keys
from asm.install.belonging.installation import note_installation
from asm.notify.install_rules import install_rules
from asm.settings import Settings
from load_tests.crowd import make_crowd
from load_tests.ledger import Party, read_ledger
from load_tests.outages import postgres_crash, redis_down
from tests.conftest import PASSWORDS, Database
from tests.serve import environment, running, serve
from tests.services import TestServices, start_test_services

pytestmark = pytest.mark.slow
SECRET = "not-a-secret"
WITHIN_S = 120


def surroundings(folder: Path, dsn: str, *, burst: int) -> dict[str, str]:
    """A crowd in the database, and where Locust finds it. `burst` declarations begin within 1 s."""
    people = make_crowd(dsn, {"receptionist": 12}, wards=3, token_of=SECRET)
    (folder / "crowd.json").write_text(json.dumps([asdict(account) for account in people]))
    return {
        **os.environ,
        "ASM_LOAD_CROWD": str(folder / "crowd.json"),
        "ASM_LOAD_LEDGER": str(folder / "ledger.jsonl"),
        "ASM_LOAD_TIMELINE": str(folder / "timeline.json"),
        "ASM_LOAD_DSN": dsn,
        "ASM_LOAD_BURST": str(burst),
        "ASM_LOAD_BURST_S": "1",
        "ASM_LOAD_INTERVAL": "0.3",
    }


def locust(address: str) -> list[str]:
    command = [sys.executable, "-m", "locust", "-f", "load_tests/burst.py", "--headless"]
    return [*command, "--only-summary", "-u", "5", "-r", "5", "-t", f"{WITHIN_S}s", "-s", "5",
            "--host", address]  # fmt: skip


def verdict(env: Mapping[str, str]) -> str:
    command = [sys.executable, "-m", "load_tests.check_database", "--drained"]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False).stdout


def unanswered(env: Mapping[str, str]) -> list[Party]:
    parties = read_ledger(Path(env["ASM_LOAD_LEDGER"])).values()
    return [party for party in parties if not party.acknowledged]


def test_a_burst_is_taken_or_refused_cleanly_and_all_of_it_is_there_in_the_end(
    live_server: str, cast: Cast, database: Database, tmp_path: Path
) -> None:
    env = surroundings(tmp_path, database.admin_url, burst=200)
    done = subprocess.run(locust(live_server), env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert verdict(env).endswith("lost 0\ndoubled 0\ntorn 0\nOK\n")
    assert len(read_ledger(tmp_path / "ledger.jsonl")) > 150
    assert not unanswered(env)
    counts = json.loads((tmp_path / "timeline.json").read_text())["counts"]
    assert counts["refused_badly"] == counts["given_up"] == 0


def acknowledged(env: Mapping[str, str]) -> int:
    ledger = Path(env["ASM_LOAD_LEDGER"])
    return ledger.read_text().count('"kind": "acknowledged"') if ledger.exists() else 0


def wait_for(what: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not what():
        assert process.poll() is None, "the run ended too soon"
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[TestServices, Settings]]:
    """Servers that may be broken: the session's are everybody's."""
    services = start_test_services(tmp_path)
    try:
        services.cluster.create_database("asm")
        url = services.admin_url("asm")
        migrate(url, fill=install_rules, passwords=PASSWORDS)
        asyncio.run(fill(url))
        create_keys(tmp_path / "secrets")
        login = services.cluster.url
        yield (
            services,
            Settings(
                database_url=login("asm_api", PASSWORDS["asm_api"], "asm"),
                worker_database_url=login("asm_worker", PASSWORDS["asm_worker"], "asm"),
                admin_database_url=url,
                redis_url=services.redis_url,
                secrets_dir=tmp_path / "secrets",
                public_url="http://127.0.0.1",
                host="127.0.0.1",
                port=0,
                data_dir=tmp_path,
                log_json=True,
            ),
        )
    finally:
        services.stop()


async def fill(url: str) -> None:
    engine = make_engine(url, name="asm-test-load")
    await note_installation(engine, "demo")
    async with one_transaction(engine) as session:
        await seed_areas(session)
    async with one_transaction(engine) as session:
        await seed_cast(session)
    await engine.dispose()


def test_redis_and_then_postgresql_may_die_under_load(
    own: tuple[TestServices, Settings], tmp_path: Path
) -> None:
    services, settings = own
    env = surroundings(tmp_path, settings.admin_database_url, burst=150)
    env["ASM_LOAD_TROUBLE"] = "1"
    # What `asm up` leaves for those who look after an installation.
    state = {"processes": {name: asdict(started) for name, started in services.started.items()}}
    with (
        serve(settings) as address,
        running([sys.executable, "-m", "asm", "worker"], environment(settings, 8000)),
        running(locust(address), env) as players,
    ):
        wait_for(lambda: acknowledged(env) >= 15, players)
        redis_down(state)
        wait_for(lambda: acknowledged(env) >= 40, players)
        postgres_crash(state)
        players.wait(WITHIN_S)
    assert verdict(env).endswith("lost 0\ndoubled 0\ntorn 0\nOK\n")
    assert len(read_ledger(tmp_path / "ledger.jsonl")) > 100
    assert not unanswered(env)
