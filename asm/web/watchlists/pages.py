"""What the provincial police see: where a document of their own lists was declared."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.actor import Actor
from asm.audit.trail import record
from asm.checks.watchlist.hits import hits_of
from asm.web.page import WebRequest, page


@get("/watchlists", include_in_schema=False)
async def hits_page(
    request: WebRequest,
    session: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
) -> Response[Any]:
    hits = await hits_of(session, actor)
    await record(
        session,
        actor_id=actor.id,
        actor_role=actor.role,
        action="watch_list.hits_read",
        details={"hits": len(hits)},
    )
    return page(request, "watchlists/hits.html", actor=actor, hits=hits)
