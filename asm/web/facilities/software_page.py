"""The software that declares for a facility: its credentials, made, changed over and revoked."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from asm.accounts.access import Scope
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle
from asm.db.base import new_id
from asm.errors import Conflict, Invalid, TooMany, invalid_field
from asm.facilities.people.by_password import OwnPassword, make_client, make_secret
from asm.facilities.scope import facility_in_scope
from asm.facilities.software.clients import (
    LABEL_LENGTH,
    FreshSecret,
    clients_of,
    end_secret,
    revoke_client,
)
from asm.web.form_problems import FormProblem, problems_of_refusal
from asm.web.page import WebRequest, page


@get("/facilities/{facility_id:uuid}/software", include_in_schema=False)
async def software_page(
    request: WebRequest, facility_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    return await _page(request, in_scope, facility_id)


@post("/facilities/{facility_id:uuid}/software", include_in_schema=False, status_code=200)
async def make_client_page(
    request: WebRequest,
    facility_id: FromPath[UUID],
    in_scope: NamedDependency[Scope],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> Response[Any]:
    form = await request.form()
    label = str(form.get("label", ""))
    password = OwnPassword(typed=str(form.get("password", "")), throttle=throttle, origin=origin)
    try:
        fresh = await make_client(in_scope, facility_id, label, _new(form.get("new")), password)
    except (Invalid, Conflict, TooMany) as refusal:
        inputs = {"label": "label", "password": "new-password"}
        form_problems = problems_of_refusal(refusal, inputs, "label")
        return await _page(request, in_scope, facility_id, typed=label, form_problems=form_problems)
    return await _shown_once(request, in_scope, facility_id, fresh)


@post(
    "/facilities/{facility_id:uuid}/software/{client_id:uuid}/secrets",
    include_in_schema=False,
    status_code=200,
)
async def make_secret_page(
    request: WebRequest,
    facility_id: FromPath[UUID],
    client_id: FromPath[UUID],
    in_scope: NamedDependency[Scope],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> Response[Any]:
    form = await request.form()
    new = _new(form.get("new"))
    password = OwnPassword(typed=str(form.get("password", "")), throttle=throttle, origin=origin)
    try:
        fresh = await make_secret(in_scope, facility_id, client_id, new, password)
    except (Invalid, Conflict, TooMany) as refusal:
        inputs = {"password": f"password-{client_id}"}
        form_problems = problems_of_refusal(refusal, inputs, f"client-{client_id}")
        return await _page(request, in_scope, facility_id, form_problems=form_problems)
    return await _shown_once(request, in_scope, facility_id, fresh)


@post(
    "/facilities/{facility_id:uuid}/software/{client_id:uuid}/secrets/{secret_id:uuid}/end",
    include_in_schema=False,
    status_code=303,
)
async def end_secret_page(
    facility_id: FromPath[UUID],
    client_id: FromPath[UUID],
    secret_id: FromPath[UUID],
    in_scope: NamedDependency[Scope],
) -> Redirect:
    await end_secret(in_scope, facility_id, client_id, secret_id)
    return _back(facility_id)


@post(
    "/facilities/{facility_id:uuid}/software/{client_id:uuid}/revoke",
    include_in_schema=False,
    status_code=303,
)
async def revoke_page(
    facility_id: FromPath[UUID], client_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Redirect:
    await revoke_client(in_scope, facility_id, client_id)
    return _back(facility_id)


def _back(facility_id: UUID) -> Redirect:
    return Redirect(f"/facilities/{facility_id}/software", status_code=303)


def _new(text: object) -> UUID:
    """The id that the form carried for what it makes."""
    try:
        return UUID(str(text))
    except ValueError as error:
        raise invalid_field("/new", "form_outdated") from error


async def _shown_once(
    request: WebRequest, scope: Scope, facility_id: UUID, fresh: FreshSecret | None
) -> Response[Any]:
    """The one page that ever shows the secret; loaded again, it leads back to the list."""
    if fresh is None:
        return _back(facility_id)
    return page(
        request,
        "facilities/software_secret.html",
        actor=scope.actor,
        facility=await facility_in_scope(scope, facility_id),
        fresh=fresh,
    )


async def _page(
    request: WebRequest,
    scope: Scope,
    facility_id: UUID,
    *,
    typed: str = "",
    form_problems: list[FormProblem] | None = None,
) -> Response[Any]:
    return page(
        request,
        "facilities/software.html",
        actor=scope.actor,
        status=422 if form_problems else 200,
        facility=await facility_in_scope(scope, facility_id),
        clients=await clients_of(scope, facility_id),
        # What a form makes has its id already, so that sent twice it makes one thing.
        new_id=new_id,
        most_label=LABEL_LENGTH,
        typed=typed,
        form_problems=form_problems or [],
    )


HANDLERS = [software_page, make_client_page, make_secret_page, end_secret_page, revoke_page]
