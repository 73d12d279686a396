"""What the provincial police see: where a document of their own lists was declared."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from asm.accounts.access import Scope
from asm.accounts.officers import officers_of, provinces_to_choose
from asm.audit.trail import record
from asm.checks.watchlist.hits import hits_of
from asm.web.page import WebRequest, page


@get("/watchlists", include_in_schema=False)
async def hits_page(request: WebRequest, in_scope: NamedDependency[Scope]) -> Response[Any]:
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
        officers=await officers_of(in_scope),
        provinces=await provinces_to_choose(in_scope),
    )
