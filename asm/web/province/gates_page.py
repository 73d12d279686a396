"""Gates that count heads, for the province's officer: what each sent last, registered, ended."""

from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from asm.accounts.access import Scope
from asm.accounts.actor import require_role
from asm.accounts.roles import PROVINCIAL_OFFICER
from asm.analytics.gates.of_province import (
    gates_of_province,
    register_gate,
    replace_secret,
    stop_gate,
    wards_for_gates,
)
from asm.analytics.gates.register import KINDS, LONGEST_LABEL, FreshGate, NewGate
from asm.db.base import new_id
from asm.errors import Invalid, NotFound, invalid_field
from asm.identity.vault.keys import Keys
from asm.settings import Settings
from asm.web.account.step_up_page import require_step_up_of_form
from asm.web.form_problems import FormProblem, problems_of_refusal
from asm.web.kept.kept_answer import KEPT_MINUTES, Keeper
from asm.web.page import WebRequest, page

_INPUTS: Final = {name: name for name in ("ward_code", "label", "kind")}


class SecretShown(msgspec.Struct, frozen=True, kw_only=True):
    """`label`: what the gate is called; `renewed`: the secret before is worth nothing now."""

    id: UUID
    label: str
    secret: str
    renewed: bool

    def __repr__(self) -> str:
        return f"SecretShown({self.id})"


@get("/province/gates", include_in_schema=False, opt={"query": ["done"]})
async def gates_page(request: WebRequest, in_scope: NamedDependency[Scope]) -> Response[Any]:
    return await _page(request, in_scope, dict.fromkeys(_INPUTS, ""), [])


@post("/province/gates", include_in_schema=False, status_code=200)
async def register_gate_page(
    request: WebRequest,
    in_scope: NamedDependency[Scope],
    keys: NamedDependency[Keys],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    require_role(in_scope.actor, PROVINCIAL_OFFICER)
    await require_step_up_of_form(request, in_scope.actor)
    form = await request.form()
    typed = {name: str(form.get(name, "")) for name in _INPUTS}
    try:
        fresh = await register_gate(in_scope, NewGate(id=_new(form.get("new")), **typed))
    except NotFound:
        problems = problems_of_refusal(invalid_field("/ward_code", "gate_ward"), _INPUTS, "label")
        return await _page(request, in_scope, typed, problems)
    except Invalid as refusal:
        problems = problems_of_refusal(refusal, _INPUTS, "label")
        return await _page(request, in_scope, typed, problems)
    if fresh is None:  # the same form again
        return Redirect("/province/gates", status_code=303)
    keeper = Keeper(request, settings, keys, in_scope.actor.now)
    return _secret(keeper, fresh, typed["label"].strip(), renewed=False)


@post("/province/gates/{gate_id:uuid}/secret", include_in_schema=False, status_code=303)
async def replace_secret_page(
    request: WebRequest,
    gate_id: FromPath[UUID],
    in_scope: NamedDependency[Scope],
    keys: NamedDependency[Keys],
    settings: NamedDependency[Settings],
) -> Redirect:
    require_role(in_scope.actor, PROVINCIAL_OFFICER)
    await require_step_up_of_form(request, in_scope.actor)
    fresh = await replace_secret(in_scope, gate_id)
    labels = {each.id: each.label for each in await gates_of_province(in_scope)}
    keeper = Keeper(request, settings, keys, in_scope.actor.now)
    return _secret(keeper, fresh, labels[gate_id], renewed=True)


@post("/province/gates/{gate_id:uuid}/end", include_in_schema=False, status_code=303)
async def end_gate_page(
    request: WebRequest, gate_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Redirect:
    require_role(in_scope.actor, PROVINCIAL_OFFICER)
    await require_step_up_of_form(request, in_scope.actor)
    await stop_gate(in_scope, gate_id)
    return Redirect("/province/gates?done=gate_ended", status_code=303)


@get("/province/gates/secret", include_in_schema=False)
async def gate_secret_page(
    request: WebRequest,
    in_scope: NamedDependency[Scope],
    keys: NamedDependency[Keys],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """The one page that shows a secret, to the browser that made it."""
    require_role(in_scope.actor, PROVINCIAL_OFFICER)
    shown = Keeper(request, settings, keys, in_scope.actor.now).read("gate", SecretShown)
    if shown is None:
        return Redirect("/province/gates", status_code=303)
    return page(
        request,
        "province/gate_secret.html",
        actor=in_scope.actor,
        shown=shown,
        minutes=KEPT_MINUTES,
    )


def _secret(keeper: Keeper, fresh: FreshGate, label: str, *, renewed: bool) -> Redirect:
    shown = SecretShown(id=fresh.id, label=label, secret=fresh.secret, renewed=renewed)
    cookies = [keeper.cookie("gate", shown)]
    return Redirect("/province/gates/secret", status_code=303, cookies=cookies)


def _new(text: object) -> UUID:
    """The id that the form carried for what it makes."""
    try:
        return UUID(str(text))
    except ValueError as error:
        raise invalid_field("/new", "form_outdated") from error


async def _page(
    request: WebRequest, scope: Scope, typed: dict[str, str], problems: list[FormProblem]
) -> Response[Any]:
    return page(
        request,
        "province/gates.html",
        actor=scope.actor,
        status=422 if problems else 200,
        gates=await gates_of_province(scope),
        wards=await wards_for_gates(scope),
        kinds=KINDS,
        longest=LONGEST_LABEL,
        typed=typed,
        new_id=new_id(),
        form_problems=problems,
    )


HANDLERS: Final = (
    gates_page,
    register_gate_page,
    replace_secret_page,
    end_gate_page,
    gate_secret_page,
)
