"""A code as it is handed over: large, to be printed or copied, on a page that this browser alone
opens, for a quarter of an hour.
"""

from typing import Any

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.response import Redirect

from asm.accounts.actor import Actor
from asm.accounts.codes.issue import IssuedCode
from asm.identity.vault.keys import Keys
from asm.settings import Settings
from asm.web.kept.kept_answer import KEPT_MINUTES, Keeper
from asm.web.page import WebRequest, page


class Slip(msgspec.Struct, frozen=True, kw_only=True):
    """`name`: what the person is called on pages, nothing else of them; `back`: where the page
    leads.
    """

    issued: IssuedCode
    name: str | None
    back: str


def slip(keeper: Keeper, issued: IssuedCode, *, name: str | None, back: str) -> Redirect:
    """The answer to the form that made the code: the code itself stands in no address."""
    kept = keeper.cookie("slip", Slip(issued=issued, name=name, back=back))
    return Redirect("/codes/slip", status_code=303, cookies=[kept])


@get("/codes/slip", include_in_schema=False)
async def slip_page(
    request: WebRequest,
    actor: NamedDependency[Actor],
    settings: NamedDependency[Settings],
    keys: NamedDependency[Keys],
) -> Response[Any]:
    kept = Keeper(request, settings, keys, actor.now).read("slip", Slip)
    issued = kept.issued if kept else None
    return page(
        request,
        "codes/slip.html",
        actor=actor,
        status=200 if kept else 404,
        issued=issued,
        name=kept.name if kept else None,
        back=kept.back if kept else "/",
        minutes=KEPT_MINUTES,
        link=f"{settings.public_url}/codes/{issued.id}" if issued else "",
        short_link=f"{settings.public_url}/codes",
    )
