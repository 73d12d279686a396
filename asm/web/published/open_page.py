"""The published figures: pages that anybody may open, and the files. They show releases and nothing
else; no exact total is read here.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from asm.analytics.published.figures import figures_of
from asm.analytics.published.groups import COUNTRY
from asm.analytics.published.listed import (
    ReleaseHead,
    catalogue,
    facts_of_files,
    file_of,
    list_releases,
)
from asm.analytics.published.manifest import DEFINITIONS, LICENCE, LICENCE_NAME
from asm.analytics.published.release_files import ReleaseFile
from asm.analytics.published.tables import COLUMNS
from asm.errors import not_found
from asm.headers import Header
from asm.locales.texts import text_in
from asm.web.page import WebRequest, known_reader, page, seems_signed_in
from asm.web.page_texts import LANGUAGES, language_of
from asm.web.published.view import open_view

#: Part of the address: a page in English may be linked to.
_LANGUAGE: Final = "lang"
_QUERY: Final = {"query": [_LANGUAGE]}
#: How many weeks the line goes back.
WEEKS_DRAWN: Final = 12
#: A file never changes, but what gives something away is withdrawn: caches of others ask again.
_AGE: Final = "public, max-age=3600, must-revalidate"
#: A page is the same for all who bring no cookie: a newspaper's link meets a cache, not us.
_PAGE_AGE: Final = "public, max-age=60, must-revalidate"


@get("/open", include_in_schema=False, opt=_QUERY)
async def open_page(
    request: WebRequest, session: NamedDependency[AsyncSession], area: FromQuery[str] = COUNTRY
) -> Response[Any]:
    """The newest week. Without a release: when the first comes."""
    heads = await list_releases(session)
    newest = next((head for head in heads if head.newest), None)
    if newest is None:
        return _page(request, "published/open.html", view=None, heads=heads)
    return await _release_page(request, session, heads, newest, area)


@get("/open/{release_id:str}", include_in_schema=False, opt=_QUERY)
async def release_page(
    request: WebRequest,
    session: NamedDependency[AsyncSession],
    release_id: FromPath[str],
    area: FromQuery[str] = COUNTRY,
) -> Response[Any]:
    """One release for good: the address to quote. A withdrawn one says so, and why."""
    heads = await list_releases(session)
    head = next((head for head in heads if head.id == release_id), None)
    if head is None:
        raise not_found("release")
    if head.withdrawn_at is not None:
        return _page(request, "published/withdrawn.html", status=410, release=head, heads=heads)
    return await _release_page(request, session, heads, head, area)


@get("/open/{release_id:str}/{name:str}", include_in_schema=False)
async def release_file(
    request: WebRequest,
    session: NamedDependency[AsyncSession],
    release_id: FromPath[str],
    name: FromPath[str],
) -> Response[bytes]:
    """A file as it was published, byte for byte."""
    file = await file_of(session, release_id, name)
    if file is None:
        raise not_found("release")
    return _file(request, file, f"{release_id}-{file.name}")


@get(["/open/catalogue.ttl", "/open/catalogue.jsonld"], include_in_schema=False)
async def catalogue_file(
    request: WebRequest, session: NamedDependency[AsyncSession]
) -> Response[bytes]:
    """The releases as DCAT-AP, for portals that gather them."""
    file = await catalogue(session, request.url.path.rpartition("/")[2])
    if file is None:
        raise not_found("release")
    return _file(request, file, None)


@get("/open/definitions", include_in_schema=False, opt=_QUERY)
async def definitions_page(request: WebRequest) -> Response[Any]:
    """What each figure means, and how small cells are hidden."""
    language = _language(request)
    columns = {column: None for table in COLUMNS.values() for column in table}
    return _page(
        request,
        "published/definitions.html",
        definitions=[text_in("published", f"definition.{each}", language) for each in DEFINITIONS],
        columns=[(each, text_in("published", f"column.{each}", language)) for each in columns],
    )


async def _release_page(
    request: WebRequest,
    session: AsyncSession,
    heads: Sequence[ReleaseHead],
    head: ReleaseHead,
    area: str,
) -> Response[Any]:
    language = _language(request)
    earlier = [each for each in heads if each.newest and each.monday < head.monday]
    drawn = [*reversed(earlier[: WEEKS_DRAWN - 1]), head]
    figures = await figures_of(session, [each.id for each in drawn])
    newest = figures[head.id]
    if area not in newest.areas():
        raise not_found("area")
    before = [figures[each.id] for each in drawn[:-1] if area in figures[each.id].areas()]
    facts = await facts_of_files(session, head.id)
    tables = [
        (text_in("published", f"table.{table}", language), [
            file for file in facts[head.id] if file.name.partition(".")[0] == table
        ])
        for table in COLUMNS
    ]  # fmt: skip
    return _page(
        request,
        "published/open.html",
        view=open_view(newest, before, area, language),
        release=head,
        heads=heads,
        tables=tables,
    )


def _language(request: WebRequest) -> str:
    """By the address, else as the reader chose on this device."""
    named = request.query_params.get(_LANGUAGE)
    return named if named in LANGUAGES else language_of(request)


def _page(request: WebRequest, template: str, status: int = 200, **context: Any) -> Response[Any]:
    shared = not request.cookies
    shown = page(
        request,
        template,
        status=status,
        actor=known_reader(request),
        known=seems_signed_in(request),
        licence=(LICENCE_NAME, LICENCE),
        language=_language(request),
        shared=shared,
        **context,
    )
    shown.headers[Header.VARY] = Header.COOKIE
    if shared:
        shown.headers[Header.CACHE_CONTROL] = _PAGE_AGE
    return shown


def _file(request: WebRequest, file: ReleaseFile, download: str | None) -> Response[bytes]:
    tag = f'"{hashlib.sha256(file.content).hexdigest()}"'
    headers = {
        Header.ETAG: tag,
        Header.CACHE_CONTROL: _AGE,
        Header.ACCESS_CONTROL_ALLOW_ORIGIN: "*",
    }
    if download:
        headers[Header.CONTENT_DISPOSITION] = f'attachment; filename="{download}"'
    known = {
        item.strip().removeprefix("W/")
        for item in request.headers.get(Header.IF_NONE_MATCH, "").split(",")
    }
    if tag in known:
        return Response(b"", status_code=304, media_type=file.media_type, headers=headers)
    return Response(file.content, media_type=file.media_type, headers=headers)


HANDLERS: Final = [open_page, release_page, release_file, catalogue_file, definitions_page]
