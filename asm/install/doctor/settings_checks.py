"""What is said in the environment, where that can be seen without asking anybody."""

import re
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Final
from urllib.parse import urlsplit

from asm.install.doctor.context import DoctorContext
from asm.install.doctor.finding import Finding, first_of, warning, wrong
from asm.settings import read_settings
from asm.variables.given import VariablesInvalid
from asm.variables.networks import is_too_wide
from asm.variables.unknown import unknown_variables

_NAME: Final = re.compile(r"ASM_[A-Z_]+")
_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


async def look_at_variables(context: DoctorContext) -> list[Finding]:
    """Every variable that looks like ours is one."""
    check = "settings.variables"
    unknown = unknown_variables(context.environ)
    names = ", ".join(f"{each.name} ({each.near}?)" if each.near else each.name for each in unknown)
    return first_of(check, warning(check, "unknown", names=names) if names else None)


async def look_at_values(context: DoctorContext) -> list[Finding]:
    """Every variable holds what can be used."""
    check = "settings.values"
    findings = [
        wrong(check, "unusable", name=name, reason=vi, reason_en=en)
        for name, (vi, en) in context.unusable.items()
    ]
    return first_of(check, *findings)


def read_what_can_be_used(environ: Mapping[str, str]) -> DoctorContext:
    """A context with the settings of `environ`. What cannot be used is left out and noted, so that
    the rest can be looked at; with it goes what cannot be used without it.
    """
    usable = dict(environ)
    unusable: dict[str, tuple[str, str]] = {}
    while True:
        try:
            settings = read_settings(usable)
        except VariablesInvalid as error:
            news = error.wrong.keys() - unusable.keys()
            unusable |= error.wrong
            named = {name for texts in error.wrong.values() for name in _NAME.findall(texts[1])}
            left_out = (error.wrong.keys() if news else named) & usable.keys()
            if not left_out:
                raise
            usable = {name: usable[name] for name in usable.keys() - left_out}
        else:
            return DoctorContext(settings=settings, environ=environ, unusable=unusable)


async def look_at_address(context: DoctorContext) -> list[Finding]:
    """Users come by https, or from this machine alone."""
    check = "settings.address"
    parts = urlsplit(context.settings.public_url)
    if parts.scheme == "http":
        of_this_machine = parts.hostname in _HERE
        return [(warning if of_this_machine else wrong)(check, "not_https")]
    return first_of(check)


async def look_at_proxies(context: DoctorContext) -> list[Finding]:
    """Only who stands in front is believed about who asks."""
    check = "settings.proxies"
    networks = [ip_network(each) for each in context.settings.trusted_proxies]
    wide = [str(each) for each in networks if is_too_wide(each)]
    return first_of(check, wrong(check, "everybody", networks=", ".join(wide)) if wide else None)
