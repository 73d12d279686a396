"""Looks at everything, part beside part, and says what was found in the order of the list."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from sqlalchemy.exc import ProgrammingError

from asm.db.error_kinds import sqlstate
from asm.install.doctor.context import DoctorContext, NotReachedError
from asm.install.doctor.finding import DoctorCheck, Finding, unknown, warning_of_all

_NO_RIGHT: Final = "42501"
#: For one check.
PATIENCE_S: Final = 15.0


async def examine(context: DoctorContext, checks: Sequence[DoctorCheck]) -> list[Finding]:
    """What all checks found. The checks of a part follow one another: they share connections."""
    parts: dict[str, list[DoctorCheck]] = defaultdict(list)
    for check in checks:
        parts[check.part].append(check)
    try:
        pairs = await asyncio.gather(*(_in_turn(context, part) for part in parts.values()))
    finally:
        await context.close()
    by_check = dict(pair for part in pairs for pair in part)
    return [finding for check in checks for finding in by_check[check.id]]


async def _in_turn(
    context: DoctorContext, checks: Sequence[DoctorCheck]
) -> list[tuple[str, list[Finding]]]:
    return [(check.id, await _look(context, check)) for check in checks]


def _not_looked_at(check: DoctorCheck, error: ProgrammingError) -> Finding:
    """Without the schema there is nothing to ask; who lacks the right may know that by itself."""
    if sqlstate(error) == _NO_RIGHT:
        return warning_of_all(check.id, "no_right")
    return unknown(check.id, "not_reached")


async def _look(context: DoctorContext, check: DoctorCheck) -> list[Finding]:
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await check.look(context)
    except TimeoutError:
        return [unknown(check.id, "too_slow", seconds=round(PATIENCE_S))]
    except NotReachedError:
        return [unknown(check.id, "not_reached")]
    except ProgrammingError as error:
        return [_not_looked_at(check, error)]
    except Exception as error:  # noqa: BLE001 -- one that fails must not hide what others found
        # Its text may quote what it looked at: the kind is enough to report it.
        return [unknown(check.id, "failed", kind=type(error).__name__)]
