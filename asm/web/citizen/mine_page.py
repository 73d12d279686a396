"""The citizen's page: stays declared in one's name, everybody who looked, "this was not me"."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from asm.citizens.own_data import HELD_DAYS, dispute_stay, own_openings, own_stays, seen_by
from asm.citizens.sessions import Citizen, citizen_of
from asm.errors import Unauthenticated, not_found
from asm.settings import Settings
from asm.web.citizen.citizen_cookies import citizen_cookie, citizen_token
from asm.web.page import WebRequest, page

_LAST_PAGE: Final = 10_000


@get("/mine", include_in_schema=False, opt={"query": ["page", "said"]})
async def mine_page(
    request: WebRequest,
    session: NamedDependency[AsyncSession],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    citizen = await _citizen(request, session, settings)
    if citizen is None:
        return _to_sign_in(settings)
    number = request.query_params.get("page", "1")
    wanted = min(max(1, int(number)), _LAST_PAGE) if number.isascii() and number.isdigit() else 1
    return page(
        request,
        "citizen/mine.html",
        citizen=citizen,
        stays=await own_stays(session, citizen),
        seen=await seen_by(session, citizen, settings.citizens.shown_after, wanted),
        openings=await own_openings(session, citizen),
        held_days=HELD_DAYS,
        delayed=bool(settings.citizens.shown_after),
        oidc=bool(settings.citizens.issuer),
        said=request.query_params.get("said") == "1",
    )


@post("/mine/not-me", include_in_schema=False, status_code=303)
async def not_me(
    request: WebRequest,
    session: NamedDependency[AsyncSession],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    citizen = await _citizen(request, session, settings)
    if citizen is None:
        return _to_sign_in(settings)
    form = await request.form()
    try:
        facility_id, stay_id = (UUID(str(form.get(name, ""))) for name in ("facility", "stay"))
    except ValueError:
        raise not_found("stay") from None
    await dispute_stay(session, citizen, facility_id, stay_id)
    return Redirect("/mine?said=1", status_code=303)


async def _citizen(
    request: WebRequest, session: AsyncSession, settings: Settings
) -> Citizen | None:
    try:
        return await citizen_of(session, citizen_token(request, settings))
    except Unauthenticated:
        return None


def _to_sign_in(settings: Settings) -> Redirect:
    return Redirect("/mine/sign-in", status_code=303, cookies=[citizen_cookie(settings, "")])
