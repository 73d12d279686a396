"""What the provincial police see: where a document of their own lists was declared."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from asm.accounts.access import Scope
from asm.accounts.officers import officers_of
from asm.audit.trail import record
from asm.checks.watchlist.hits import hits_of
from asm.checks.watchlist.uploads import held_upload, own_lists
from asm.web.page import WebRequest, page


@get("/watchlists", include_in_schema=False)
async def hits_page(
    request: WebRequest, in_scope: NamedDependency[Scope], done: FromQuery[str] = ""
) -> Response[Any]:
    hits = await hits_of(in_scope)
    await record(
        in_scope.session,
        actor_id=in_scope.actor.id,
        actor_role=in_scope.actor.role,
        action="watch_list.hits_read",
        details={"hits": len(hits)},
    )
    return page(
        request,
        "watchlists/hits.html",
        actor=in_scope.actor,
        hits=hits,
        lists=await own_lists(in_scope),
        held=await held_upload(in_scope),
        done=done,
        officers=await officers_of(in_scope),
    )
