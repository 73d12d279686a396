"""An officer of several wards: which of them the pages are about now."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from asm.accounts.access import Scope
from asm.accounts.login import token_hash
from asm.accounts.wards.choose_ward import choose_ward, own_wards
from asm.settings import Settings
from asm.web.cookies import session_token
from asm.web.page import WebRequest, page


@get("/ward/wards", include_in_schema=False)
async def own_wards_page(request: WebRequest, in_scope: NamedDependency[Scope]) -> Response[Any]:
    wards = await own_wards(in_scope)
    return page(request, "ward/wards.html", actor=in_scope.actor, wards=wards)


@post("/ward/wards", include_in_schema=False, status_code=303)
async def choose_ward_page(
    request: WebRequest, in_scope: NamedDependency[Scope], settings: NamedDependency[Settings]
) -> Redirect:
    chosen = str((await request.form()).get("ward_code", ""))
    await choose_ward(in_scope, token_hash(session_token(request, settings) or ""), chosen)
    return Redirect("/ward?done=ward_chosen", status_code=303)
