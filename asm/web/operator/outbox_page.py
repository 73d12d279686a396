"""The administrator's page of the outbox: what waits, what failed, and another chance for it."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from asm.accounts.access import Scope
from asm.outbox.operator import retry_outbox, view_outbox
from asm.web.page import WebRequest, page


@get("/operator/outbox", include_in_schema=False)
async def outbox_page(
    request: WebRequest, in_scope: NamedDependency[Scope], retried: FromQuery[int | None] = None
) -> Response[Any]:
    view = await view_outbox(in_scope.session, in_scope.actor)
    return page(request, "operator/outbox.html", actor=in_scope.actor, view=view, retried=retried)


@post("/operator/outbox/retry", include_in_schema=False, status_code=200)
async def retry_all(in_scope: NamedDependency[Scope]) -> Response[Any]:
    done = await retry_outbox(in_scope.session, in_scope.actor)
    return Redirect(f"/operator/outbox?retried={done.retried}", status_code=303)


@post("/operator/outbox/{row_id:uuid}/retry", include_in_schema=False, status_code=200)
async def retry_row_page(row_id: FromPath[UUID], in_scope: NamedDependency[Scope]) -> Response[Any]:
    done = await retry_outbox(in_scope.session, in_scope.actor, row_id)
    return Redirect(f"/operator/outbox?retried={done.retried}", status_code=303)
