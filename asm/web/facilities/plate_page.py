"""Door plates to print: of one's own facilities, or of the officer's ward."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from asm.accounts.access import Scope
from asm.accounts.actor import Actor
from asm.facilities.facility import Facility
from asm.facilities.scope import facilities_of
from asm.geo.addresses.plate_sheets import MOST_PLATES, Paper, Plate, plates_pdf
from asm.headers import Header
from asm.settings import Settings
from asm.web.form_problems import FormProblem, form_problem
from asm.web.page import WebRequest, page


@get("/plates", include_in_schema=False)
async def plates_page(request: WebRequest, in_scope: NamedDependency[Scope]) -> Response[Any]:
    return _choose(request, in_scope.actor, await _with_plate(in_scope))


@get("/plates.pdf", include_in_schema=False)
async def plates_file(
    request: WebRequest,
    in_scope: NamedDependency[Scope],
    settings: NamedDependency[Settings],
    facility: Annotated[list[UUID] | None, QueryParameter(max_items=MOST_PLATES)] = None,
    paper: FromQuery[Paper] = "a4",
) -> Response[Any]:
    """A PDF of the chosen plates; one that is not the asker's is not there, like an unknown one."""
    facilities = await _with_plate(in_scope)
    wanted = frozenset(facility or [])
    plates = [
        Plate(code=each.digital_address, address_text=each.address_text)
        for each in facilities
        if each.id in wanted and each.digital_address is not None
    ]
    if not plates:
        return _choose(request, in_scope.actor, facilities, form_problems=[_NOTHING])
    # Typesetting takes a while: no connection is kept from others meanwhile.
    await in_scope.session.commit()
    pdf = await asyncio.to_thread(plates_pdf, plates, settings.public_url, paper)
    return Response(
        pdf,
        media_type="application/pdf",
        headers={Header.CONTENT_DISPOSITION: 'inline; filename="asm-plates.pdf"'},
    )


async def _with_plate(scope: Scope) -> list[Facility]:
    return [each for each in await facilities_of(scope) if each.digital_address]


def _choose(
    request: WebRequest,
    actor: Actor,
    facilities: list[Facility],
    *,
    form_problems: list[FormProblem] | None = None,
) -> Response[Any]:
    return page(
        request,
        "facilities/plates.html",
        actor=actor,
        status=422 if form_problems else 200,
        facilities=facilities[:MOST_PLATES],
        left_out=max(0, len(facilities) - MOST_PLATES),
        form_problems=form_problems or [],
    )


_NOTHING = form_problem("facility", "form.plates")
