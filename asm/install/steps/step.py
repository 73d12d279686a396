"""A step of an installation, and what all of them know."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from asm.errors import Invalid
from asm.install.steps.answers import Answers
from asm.install.steps.env_files import LineDifference
from asm.install.steps.folders import Folders
from asm.install.steps.settings_lines import Secrets
from asm.locales.texts import both

Say = Callable[[str], None]


@dataclass(kw_only=True)
class Installing:
    """One run. `replace`: lines that differ are changed, else they stay and are shown; `password`:
    the administrator's, where it was typed.
    """

    answers: Answers
    where: Folders
    secrets: Secrets = field(repr=False)
    replace: bool = False
    new_passwords: bool = False
    password: str = field(default="", repr=False)
    #: Whether the account may be there with it, whatever became of the rest.
    password_used: bool = False
    #: What stayed or was changed of settings that were there.
    kept: list[LineDifference] = field(default_factory=list)
    changed: list[LineDifference] = field(default_factory=list)
    kept_files: list[str] = field(default_factory=list)
    changed_files: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Step:
    """`name` is that of its texts. `done`: nothing is left to do; `do` may be stopped anywhere and
    begun again, and raises a Refusal that says what helps.
    """

    name: str
    done: Callable[[Installing], bool]
    do: Callable[[Installing], None]


class StepReport(msgspec.Struct, frozen=True, kw_only=True):
    """`there`: it was as it should be; `done`: by this run."""

    name: str
    state: Literal["there", "done"]


def run_steps(steps: list[Step], doing: Installing, say: Say) -> list[StepReport]:
    """Each that is not done yet, in order; the first that cannot be done ends it."""
    reports = []
    for number, step in enumerate(steps, start=1):
        vi, en = both("install", f"step.{step.name}")
        there = step.done(doing)
        if not there:
            say(f"[{number}/{len(steps)}] {vi} · {en} …")
            step.do(doing)
        report = StepReport(name=step.name, state="there" if there else "done")
        state_vi, state_en = both("install", f"state.{report.state}")
        say(f"[{number}/{len(steps)}] {vi} · {en}: {state_vi} · {state_en}")
        reports.append(report)
    return reports


def refuse_unless_good(errors: list[dict[str, Any]]) -> None:
    """Raises Invalid with all that is wrong with the answers."""
    if errors:
        raise Invalid("install_answers", errors=errors)
