"""A code as it is handed over: shown this once, large, to be printed or copied."""

from typing import Any

from litestar import Response

from asm.accounts.actor import Actor
from asm.accounts.codes.issue import IssuedCode
from asm.settings import Settings
from asm.web.page import WebRequest, page


def slip(
    request: WebRequest,
    settings: Settings,
    actor: Actor,
    issued: IssuedCode,
    *,
    name: str | None,
    back: str,
) -> Response[Any]:
    """The answer to the form that made the code, so that no address leads to it again. `name`: what
    the person is called on pages, nothing else of them; `back`: where the page leads.
    """
    return page(
        request,
        "codes/slip.html",
        actor=actor,
        issued=issued,
        name=name,
        back=back,
        link=f"{settings.public_url}/codes/{issued.id}",
        short_link=f"{settings.public_url}/codes",
    )
