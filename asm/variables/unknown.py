"""Variables that begin as ours and are none."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final, NamedTuple

import structlog

from asm.variables.table import VARIABLES

PREFIX: Final = "ASM_"
#: Of the load tests, which are no part of what is installed.
_OTHERS: Final = ("ASM_LOAD_",)
log = structlog.get_logger("asm.variables")


class UnknownVariable(NamedTuple):
    """A variable that looks like ours and is read by nothing; `near` is what may be meant."""

    name: str
    near: str | None


def unknown_variables(environ: Mapping[str, str]) -> list[UnknownVariable]:
    """Variables that begin as ours and are none: most are misspelt, and do nothing in silence."""
    known = [name for variable in VARIABLES.values() for name in variable.names]
    strange = sorted(
        name
        for name in environ
        if name.startswith(PREFIX) and name not in known and not name.startswith(_OTHERS)
    )
    return [
        UnknownVariable(name, next(iter(get_close_matches(name, known, n=1, cutoff=0.8)), None))
        for name in strange
    ]


def warn_of_unknown(environ: Mapping[str, str]) -> None:
    """Name each of them in the log."""
    for unknown in unknown_variables(environ):
        log.warning("unknown_variable", variable=unknown.name, near=unknown.near)
