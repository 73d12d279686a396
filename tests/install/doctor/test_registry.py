"""The list of checks, its texts, and one that fails beside the others."""

import inspect
import re

import pytest
from typer.testing import CliRunner

import asm.db.standing
from asm.__main__ import app
from asm.install.doctor.context import DoctorContext
from asm.install.doctor.examine import examine
from asm.install.doctor.finding import DoctorCheck, Finding, fine
from asm.install.doctor.machine_checks import clock_finding
from asm.install.doctor.registry import CHECKS
from asm.locales.texts import catalogue
from asm.settings import Settings
from tests.serve import environment

OF_ALL = {"failed", "not_reached", "too_slow", "no_right"}


def test_the_catalogue_is_that_of_the_checks() -> None:
    ids = {f"any:{what}" for what in OF_ALL}
    ids |= {"letter:subject", "letter:body"}
    ids |= {f"{check.id}:{what}" for check in CHECKS for what in ("title", *check.finds)}
    assert catalogue("doctor", "vi").keys() == ids
    assert len({check.id for check in CHECKS}) == len(CHECKS)
    assert all(check.id.startswith(f"{check.part}.") for check in CHECKS)


def test_what_keeps_a_migration_from_going_through_is_found_too() -> None:
    source = inspect.getsource(asm.db.standing)
    codes = {code for check in CHECKS for code in check.refusals}
    assert set(re.findall(r'Want\("(\w+)"', source)) == codes


def test_every_fault_says_what_helps() -> None:
    """A remedy is an order: more than one sentence, or a colon before it."""
    for language in ("vi", "en"):
        for text_id, text in catalogue("doctor", language).items():
            if not text_id.endswith((":title", ":subject")):
                assert re.search(r"[.:;] ", text), (language, text_id)


async def test_one_that_fails_hides_no_other(settings: Settings) -> None:
    async def fails(_: DoctorContext) -> list[Finding]:
        raise RuntimeError("079200001234")

    async def goes(_: DoctorContext) -> list[Finding]:
        return [fine("machine.disk")]

    checks = [
        DoctorCheck(id="redis.reached", part="redis", look=fails, finds=()),
        DoctorCheck(id="machine.disk", part="redis", look=goes, finds=()),
    ]
    first, second = await examine(DoctorContext(settings=settings, environ={}), checks)
    assert (first.state, first.what) == ("unknown", "failed")
    assert "RuntimeError" in first.message_en
    assert "0792" not in str(first)
    assert second.state == "ok"


@pytest.mark.parametrize(
    ("database", "redis", "what"),
    [
        (0.4, 0.4, "ok"),
        (0.4, None, "ok"),
        (-20.0, 0.0, "drifts"),
        (180.0, None, "differs"),
        (180.0, 180.4, "this_machine"),
        (-180.0, -0.4, "database"),
        (180.0, -300.0, "differs"),
        (0.2, -180.0, "redis"),
    ],
)
def test_which_clock_stands_alone(database: float, redis: float | None, what: str) -> None:
    finding = clock_finding(database, redis)
    assert finding.what == what
    wrong = what in {"differs", "this_machine", "database"}
    assert (finding.state == "wrong") is wrong


async def test_a_clock_three_minutes_off(settings: Settings) -> None:
    checks = [check for check in CHECKS if check.id == "machine.clock"]
    slow = DoctorContext(settings=settings, environ={}, clock=lambda: 1_000_000.0)
    (finding,) = await examine(slow, checks)
    assert (finding.what, finding.state) == ("this_machine", "wrong")


def test_a_table_for_people(settings: Settings) -> None:
    env = environment(settings, 1) | {"ASM_TRUSTED_PROXIES": "0.0.0.0/0"}
    done = CliRunner().invoke(app, ["doctor", "--table", "--only", "settings"], env=env)
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    (wrong,) = [number for number, line in enumerate(lines) if "settings.proxies" in line]
    assert lines[wrong].startswith("SAI · WRONG")
    assert "ASM_TRUSTED_PROXIES tin" in lines[wrong]
    assert "ASM_TRUSTED_PROXIES believes" in lines[wrong + 1]


def test_a_part_that_there_is_not() -> None:
    done = CliRunner().invoke(app, ["doctor", "--only", "moon"])
    assert done.exit_code == 2
    assert "database" in done.stderr
