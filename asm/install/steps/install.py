"""An installation from its answers, or the rest of one that was begun."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from asm.accounts.roles import ADMINISTRATOR
from asm.errors import Conflict
from asm.install.doctor.finding import Finding
from asm.install.steps.answers import Answers, check_signs
from asm.install.steps.check_answers import CHECKS, check_lines, check_part
from asm.install.steps.env_files import LineDifference, read_env
from asm.install.steps.filling import FILLING_STEPS
from asm.install.steps.folders import OPERATOR, WEB, Folders, alone
from asm.install.steps.look_around import shown_now
from asm.install.steps.look_at_database import look, look_inside
from asm.install.steps.machine import MACHINE_STEPS
from asm.install.steps.nginx_site import named_certificate
from asm.install.steps.services import SERVICES, START, runs_systemd, this_program
from asm.install.steps.settings_lines import known_answers, known_secrets
from asm.install.steps.step import Installing, Say, Step, StepReport, refuse_unless_good, run_steps
from asm.locales.texts import both

#: The first night needs a few megabytes, a year of a province some gigabytes.
_LEAST_FREE: Final = 1 << 30


class InstallReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was done, which settings and files stayed as somebody had them or were changed, what is
    not as it should be all the same, and what comes next.
    """

    ok: bool
    steps: list[StepReport]
    kept: list[LineDifference]
    changed: list[LineDifference]
    kept_files: list[str]
    changed_files: list[str]
    findings: list[Finding]
    next: list[str]
    next_en: list[str]


def all_steps(where: Folders) -> list[Step]:
    """In their order; the machine's own part only where we are root on it."""
    start = [START] if _is_running(where) else []
    return [*MACHINE_STEPS, *FILLING_STEPS, SERVICES, *start]


def install(
    doing: Installing, say: Say, steps: Callable[[Folders], list[Step]] = all_steps
) -> InstallReport:
    """Do what is not done yet. Raises Invalid for answers, Conflict for a step that cannot go on;
    what was done until then stays, and the next run goes on from there.
    """
    refuse_unless_good(wrong_answers(doing.answers, doing.where, typed=bool(doing.password)))
    _refuse_without_room(doing.where)
    with alone(doing.where):
        # What another run has written down meanwhile counts.
        doing.secrets = known_secrets(doing.where, doing.answers)
        reports = run_steps(steps(doing.where), doing, say)
    vi, en = what_next(doing)
    if not _is_running(doing.where):  # by hand, as was just said
        doing.where.unstarted.unlink(missing_ok=True)
    return InstallReport(
        ok=True,
        steps=reports,
        kept=doing.kept,
        changed=doing.changed,
        kept_files=doing.kept_files,
        changed_files=doing.changed_files,
        findings=shown_now(doing.where, running=_is_running(doing.where)),
        next=vi,
        next_en=en,
    )


def wrong_answers(answers: Answers, where: Folders, *, typed: bool) -> list[dict[str, object]]:
    """All that is wrong with them; the administrator's count only while there is none."""
    signs = check_signs(answers)
    if signs:
        return signs
    needless = {ADMINISTRATOR} if typed or has_administrator(where) else set()
    known = known_answers(where)
    errors = [
        error for part in CHECKS if part not in needless
        for error in check_part(part, answers, known)
    ]  # fmt: skip
    return errors + check_lines(answers)


def has_administrator(where: Folders) -> bool:
    """Whether an earlier run came so far."""
    url = read_env(where.env_file(OPERATOR)).get("ASM_ADMIN_DATABASE_URL", "")
    if not url or look(url).refused is not None:
        return False
    return look_inside(url).administrators > 0


def what_next(doing: Installing) -> tuple[list[str], list[str]]:
    """The lines that end an installation, in both languages."""
    where, answers = doing.where, doing.answers
    kept = read_env(where.env_file(WEB)).get("ASM_PUBLIC_URL", "")
    file = answers.administrator.password_file
    facts = {
        "url": kept or answers.public_url,
        "login": answers.administrator.login,
        "file": file,
        "secrets": str(where.secrets),
        "settings": str(where.settings),
        "redis": f"{this_program()}/bin/asm redis {where.redis_settings}",
    }
    names = []
    if not _is_running(where):
        names += ["next.redis_by_hand"] if answers.redis.is_own else []
        names += ["next.start_by_hand"]
        names += ["next.nginx_by_hand"] if answers.web.nginx else []
    names += ["next.sign_in"]
    names += ["next.password_file"] if file and not doing.password and Path(file).exists() else []
    names += ["next.officers", "next.backup"]
    names += [] if named_certificate(where)[0] or not answers.web.nginx else ["next.certificate"]
    names += [] if answers.mail.url else ["next.mail"]
    texts = [both("install", name, facts) for name in names]
    return [vi for vi, _ in texts], [en for _, en in texts]


def _is_running(where: Folders) -> bool:
    """Whether the services are started here, and kept."""
    return where.system and runs_systemd()


def _refuse_without_room(where: Folders) -> None:
    there = next(folder for folder in (where.data, *where.data.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if free < _LEAST_FREE:
        raise Conflict(
            "install_disk_full", folder=str(there), free=free >> 20, least=_LEAST_FREE >> 20
        )
