"""Locust against a live server, then the check: nothing lost, nothing doubled, nothing torn.

Each control breaks the database in one way, and the check must notice: a check that cannot fail
proves nothing.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from asm.demo.cast import Cast
from asm.settings import Settings
from load_tests.check_database import Verdict, check
from load_tests.ledger import read_ledger
from tests.conftest import Database
from tests.serve import environment, running

pytestmark = pytest.mark.slow
#: Acknowledgements that end a run, and the time after which a slower machine has failed.
ENOUGH = 60
SECONDS = 90


@pytest.fixture
def surroundings(cast: Cast, database: Database, tmp_path: Path) -> dict[str, str]:
    """Where accounts, ledger and database are."""
    accounts = [{"login": p.login, "password": p.password} for p in cast.people.values()]
    (tmp_path / "accounts.json").write_text(json.dumps(accounts), encoding="utf-8")
    return {
        **os.environ,
        "ASM_LOAD_ACCOUNTS": str(tmp_path / "accounts.json"),
        "ASM_LOAD_LEDGER": str(tmp_path / "ledger.jsonl"),
        "ASM_LOAD_TIMELINE": str(tmp_path / "timeline.json"),
        "ASM_LOAD_DSN": database.admin_url,
    }


def load(address: str, env: dict[str, str]) -> None:
    command = [sys.executable, "-m", "locust", "-f", "load_tests/locustfile.py", "--headless"]
    options = ["--only-summary", "-u", "15", "-r", "5", "-t", f"{SECONDS}s", "-s", "20"]
    env = {**env, "ASM_LOAD_ENOUGH": str(ENOUGH), "ASM_LOAD_INTERVAL": "0.3"}
    done = subprocess.run(
        [*command, *options, "--host", address],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def run_check(env: dict[str, str], *options: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "load_tests.check_database", *options]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


STAY = "SELECT facility_id, id FROM stay ORDER BY id LIMIT 1"
GUEST = "SELECT guest_record_id FROM stay ORDER BY id LIMIT 1"
OTHER_ID = "00000000-0000-7000-8000-000000000001"
COPY_STAY = f"""
INSERT INTO stay SELECT copy.*
FROM (SELECT * FROM stay ORDER BY id LIMIT 1) s,
  jsonb_populate_record(NULL::stay, to_jsonb(s) || jsonb_build_object('id', '{OTHER_ID}',
    'person_ref', gen_random_uuid(), 'receipt_number', 'LT-0000-0000-0001')) AS copy
"""
COPY_VERSION = f"""
INSERT INTO stay_version SELECT copy.*
FROM (SELECT * FROM stay_version WHERE (facility_id, stay_id) IN (
    SELECT facility_id, id FROM stay WHERE id <> '{OTHER_ID}' ORDER BY id LIMIT 1)) v,
  jsonb_populate_record(
    NULL::stay_version, to_jsonb(v) || jsonb_build_object('stay_id', '{OTHER_ID}')) AS copy
"""
CONTROLS = {
    "a stay is gone": (
        "lost",
        f"DELETE FROM stay_version WHERE (facility_id, stay_id) IN ({STAY})",
        f"DELETE FROM stay WHERE (facility_id, id) IN ({STAY})",
    ),
    "a stay is gone but its version": (
        "lost", f"DELETE FROM stay WHERE (facility_id, id) IN ({STAY})",
    ),
    "a stay is there twice": ("doubled", COPY_STAY, COPY_VERSION),
    "a stay has no version": (
        "torn", f"DELETE FROM stay_version WHERE (facility_id, stay_id) IN ({STAY})",
    ),
    "a stay has no event": (
        "torn", f"DELETE FROM outbox WHERE payload->>'stay_id' = (SELECT id FROM ({STAY}) o)::text",
    ),
    "a stay has no guest": (
        "torn",
        f"DELETE FROM vault.guest_record WHERE id = ({GUEST})",
    ),
    "a key is gone": (
        "lost", "DELETE FROM idempotency WHERE key = (SELECT min(key) FROM idempotency)",
    ),
}  # fmt: skip


def break_it(connection: psycopg.Connection[Any], statements: Sequence[str]) -> None:
    for statement in statements:
        assert connection.execute(statement.encode()).rowcount == 1, statement


def test_nothing_is_lost_or_doubled_and_the_check_would_notice(
    live_server: str, surroundings: dict[str, str], database: Database
) -> None:
    load(live_server, surroundings)
    status, said = run_check(surroundings)
    assert (status, said.splitlines()[-1]) == (0, "OK"), said
    ledger = Path(surroundings["ASM_LOAD_LEDGER"])
    parties = read_ledger(ledger)
    answers = ledger.read_text(encoding="utf-8").count('"kind": "acknowledged"')
    assert answers > sum(party.acknowledged for party in parties.values()), "no key was sent again"
    with psycopg.connect(database.admin_url, row_factory=dict_row) as connection:
        for control, (word, *statements) in CONTROLS.items():
            with connection.transaction(force_rollback=True):
                break_it(connection, statements)
                verdict = check(connection, parties, drained=False)
                assert not verdict.good, control
                assert getattr(verdict, word), control
        assert check(connection, parties, drained=False).good
    with psycopg.connect(database.admin_url) as connection:
        break_it(connection, CONTROLS["a stay is gone"][1:])
    status, said = run_check(surroundings)
    assert (status, said.splitlines()[-1]) == (1, "FAILED")


def test_with_a_worker_the_outbox_may_be_empty(
    live_server: str, surroundings: dict[str, str], settings: Settings
) -> None:
    with running([sys.executable, "-m", "asm", "worker"], environment(settings, 8000)):
        load(live_server, surroundings)
    status, said = run_check(surroundings, "--drained")
    assert (status, said.splitlines()[-1]) == (0, "OK"), said


def test_two_answers_for_one_key_are_a_contradiction(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    sent = {"kind": "sent", "key": "k", "facility_id": "f", "guests": 1}
    answers = [
        {"kind": "acknowledged", "key": "k", "accepted": {stay: "LT-1"}, "merged": 0}
        for stay in ("a", "b")
    ]
    ledger.write_text("\n".join(map(json.dumps, [sent, *answers])), encoding="utf-8")
    assert read_ledger(ledger)["k"].contradictions


def test_a_run_that_acknowledged_nothing_proves_nothing() -> None:
    assert not Verdict().good


def test_the_check_refuses_a_login_that_sees_little(
    surroundings: dict[str, str], database: Database
) -> None:
    Path(surroundings["ASM_LOAD_LEDGER"]).write_text("", encoding="utf-8")
    env = {**surroundings, "ASM_LOAD_DSN": database.api_url}
    command = [sys.executable, "-m", "load_tests.check_database"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "superuser" in done.stderr


def test_load_tests_speak_http_only() -> None:
    sources = [path.read_text(encoding="utf-8") for path in Path("load_tests").glob("*.py")]
    assert not [text for text in sources if re.search(r"^(from|import) asm\b", text, re.MULTILINE)]
