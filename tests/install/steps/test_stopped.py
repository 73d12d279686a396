"""An installation that was stopped, anywhere, and begun again."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from asm.install.steps import env_files
from asm.install.steps.answers import read_answers
from asm.install.steps.commands import run_asm
from asm.install.steps.env_files import read_env
from asm.install.steps.folders import Folders, folders
from asm.install.steps.install import all_steps, install
from asm.install.steps.redis_server import read_redis_settings
from asm.install.steps.settings_lines import known_answers, known_secrets
from asm.install.steps.step import Installing, Step
from tests.install.steps.conftest import Machine
from tests.install.steps.test_install import give_rights


class StoppedError(Exception):
    """Where the power went."""


def begin(machine: Machine) -> Installing:
    """A run that knows what is on the disk, as a new process would."""
    where = folders(machine.root)
    # A login that a command might take for an option.
    given = machine.answers().replace('login = "goc"', 'login = "--goc"')
    answers = read_answers(given, known_answers(where))
    return Installing(answers=answers, where=where, secrets=known_secrets(where, answers))


def stopping(at: int) -> Callable[[Folders], list[Step]]:
    """The steps, of which one stops the run as soon as it has done its part."""

    def steps(where: Folders) -> list[Step]:
        real = all_steps(where)
        broken = real[at]

        def stop(doing: Installing) -> None:
            broken.do(doing)
            raise StoppedError(broken.name)

        return [*real[:at], replace(broken, do=stop), *real[at + 1 :]]

    return steps


@pytest.mark.usefixtures("forget")
def test_it_goes_on_from_wherever_it_was_stopped(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    for number in (1, 2, 3):
        _stop_while_writing(monkeypatch, number)
        with pytest.raises(StoppedError):
            install(begin(machine), said.append)
        monkeypatch.undo()
    give_rights(machine)
    passwords = (machine.settings / "operator.env").read_text("utf-8")
    names = [step.name for step in all_steps(folders(machine.root))]
    for at, name in enumerate(names):
        # Rights were given above, and migrating fills the areas, too.
        if at < names.index("keys") or name == "areas":
            continue
        with pytest.raises(StoppedError, match=name):
            install(begin(machine), said.append, stopping(at))
        if name == "keys":  # half of a schema, then the rest
            run_asm(folders(machine.root), "migrate", "--revision", "0012")
    done = install(begin(machine), said.append)
    assert {step.state for step in done.steps} == {"there"}
    redis = read_redis_settings(machine.settings / "redis.conf")["requirepass"]
    assert f":{redis}@" in read_env(machine.settings / "web.env")["ASM_REDIS_URL"]
    assert passwords in (machine.settings / "operator.env").read_text("utf-8")


def _stop_while_writing(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """At the file of that number, when it is written and not yet in its place."""
    real, written = Path.replace, []

    def stop(path: Path, target: Path) -> Path:
        written.append(target)
        if len(written) == number:
            raise StoppedError(target.name)
        return real(path, target)

    monkeypatch.setattr(env_files.Path, "replace", stop)
