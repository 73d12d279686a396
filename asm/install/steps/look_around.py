"""What `asm doctor` looks at, as an installation needs it: before anything is made in the database,
and at the end.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from asm.errors import Conflict
from asm.install.doctor.examine import examine
from asm.install.doctor.finding import DoctorCheck, Finding
from asm.install.doctor.registry import CHECKS
from asm.install.doctor.settings_checks import read_what_can_be_used
from asm.install.steps.env_files import read_env
from asm.install.steps.folders import OPERATOR, Folders
from asm.install.steps.step import Installing, Step

#: Of what an empty database can be right or wrong about.
_BEFORE: Final = frozenset({
    "database.version", "database.ready", "database.locale", "database.durable", "database.log",
    "machine.disk", "machine.clock",
})  # fmt: skip
#: What must run to be looked at.
_OF_SERVICES: Final = frozenset({"redis", "web"})


def shown_now(where: Folders, *, running: bool) -> list[Finding]:
    """All that is not as it should be. `running`: the services were started."""
    checks = [check for check in CHECKS if running or check.part not in _OF_SERVICES]
    return [each for each in _look(where, checks) if each.state != "ok"]


def _look(where: Folders, checks: Sequence[DoctorCheck]) -> list[Finding]:
    environ = read_env(where.env_file(OPERATOR))
    return asyncio.run(examine(read_what_can_be_used(environ), checks))


def wrong_now(where: Folders, checks: frozenset[str]) -> list[Finding]:
    """What is wrong of these checks, by their names."""
    chosen = [check for check in CHECKS if check.id in checks]
    return [each for each in _look(where, chosen) if each.state == "wrong"]


def _is_well(doing: Installing) -> bool:
    return not wrong_now(doing.where, _BEFORE)


def _refuse(doing: Installing) -> None:
    errors: list[dict[str, Any]] = [
        {
            "pointer": f"/{each.check}",
            "code": each.what,
            "message": each.message,
            "message_en": each.message_en,
        }
        for each in wrong_now(doing.where, _BEFORE)
    ]
    if errors:
        raise Conflict("install_checks", errors=errors)


LOOK_AROUND: Final = Step(name="checks", done=_is_well, do=_refuse)
