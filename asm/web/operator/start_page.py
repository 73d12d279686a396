"""The administrator's first page: what this installation still needs, and where that is done."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from asm.accounts.access import Scope
from asm.analytics.first_steps import FirstSteps, count_first_steps
from asm.notify.channels.available import available_channels
from asm.settings import Settings
from asm.web.page import WebRequest, page


@get("/operator", include_in_schema=False)
async def start_page(
    request: WebRequest, in_scope: NamedDependency[Scope], settings: NamedDependency[Settings]
) -> Response[Any]:
    counted = await count_first_steps(in_scope)
    steps = _steps(counted, settings)
    return page(
        request,
        "operator/start.html",
        actor=in_scope.actor,
        counted=counted,
        to_do=[name for name, done in steps.items() if not done],
        done=[name for name, done in steps.items() if done],
    )


def _steps(counted: FirstSteps, settings: Settings) -> dict[str, bool]:
    """Each thing that a new installation needs, in the order to do it, and whether it is there."""
    steps = {
        "areas": counted.wards > 0,
        "worker": counted.worker,
        "officers": counted.wards_attended > 0,
        "unattended": counted.unattended == 0,
        "backup": counted.backup.what is None,
        "boundaries": counted.wards > 0 and counted.approximate == 0,
        "filling": not counted.totals_filling,
        "totals": not counted.totals_differ or counted.totals_filling,
        "mail": "email" in available_channels(settings.notify),
        "address": settings.secure_cookies,
        "facilities": counted.active > 0,
    }
    # One thing at a time: what says the same as another step is left out.
    if not counted.wards:
        del steps["boundaries"], steps["officers"]
    if not counted.waiting:
        del steps["unattended"]
    for name in ("filling", "totals"):
        if steps[name]:
            del steps[name]
    if not (counted.backup.needed and settings.backup_watched):
        del steps["backup"]
    return steps
