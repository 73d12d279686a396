"""Who may open a page, and what every page tells the browser."""

import re

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from asm.demo.cast import Cast
from asm.web.routes import PUBLIC_PAGES, SIGNED_IN_PAGES
from tests.web.visitor import Visitor

BLANK = "00000000-0000-0000-0000-000000000000"
#: Pages that anyone may open. Adding one here is a decision.
PUBLIC = {
    "landing", "sign_in_page", "open_session", "close_session", "choose_language", "verify_page",
    "open_page", "release_page", "release_file", "catalogue_file", "definitions_page",
    "verify_on_server", "door_page", "map_page", "link_page", "follow", "one_click_page",
    "one_click", "push_worker", "sign_up_page", "sign_up", "terms_page",
    "enter_page", "link_to_code", "code_qr", "enter_code", "use_page",
    "use_code", "use_other_account", "forgotten_page", "ask_for_code",
    "citizen_sign_in_page", "open_by_receipt", "begin_oidc", "back_from_oidc", "citizen_sign_out",
    "mine_page", "not_me", "open_by_passkey",
    "related_origins", "begin_identity", "back_from_identity",
    "app_page", "app_worker", "app_manifest", "app_icon",
}  # fmt: skip


def test_public_pages_are_listed() -> None:
    assert {str(handler.fn.__name__) for handler in PUBLIC_PAGES} == PUBLIC  # type: ignore[union-attr]


def _filled(path: str) -> str:
    """A route's address with something in the place of its parameters."""
    filled = re.sub(r"\{\w+:uuid\}", BLANK, path)
    return filled.replace("{change:str}", "depart").replace("{number:int}", "1")


def signed_in_doors(app: Litestar) -> list[tuple[str, str]]:
    """Method and address of every page that is not public."""
    functions = {handler.fn for handler in SIGNED_IN_PAGES}  # type: ignore[union-attr]
    return [
        (
            method,
            re.sub(r"\{\w+:uuid\}", BLANK, route.path)
            .replace("{change:str}", "depart")
            .replace("{number:int}", "1")
            .replace("{night:date}", "2026-03-01"),
        )
        for route in app.routes
        for handler in getattr(route, "route_handlers", [])
        if isinstance(handler, HTTPRouteHandler) and handler.fn in functions
        for method in sorted(handler.http_methods - {"HEAD", "OPTIONS"})
    ]


async def test_a_stranger_is_sent_to_sign_in(app: Litestar, visitor: Visitor) -> None:
    doors = signed_in_doors(app)
    assert len(doors) == sum(len(handler.paths) for handler in SIGNED_IN_PAGES)  # type: ignore[union-attr]
    await visitor.open("/sign-in")
    for method, url in doors:
        data = {"_csrf_token": visitor.token} if method == "POST" else None
        answer = await visitor.client.request(method, url, data=data)
        if method == "POST":
            assert answer.status_code == 401, (method, url, answer.status_code)
            assert "Phiên đã hết: chưa gửi được gì" in answer.text, url
            continue
        assert answer.status_code == 303, (method, url, answer.status_code)
        assert answer.headers["location"].startswith("/sign-in?next="), (method, url)


async def test_a_form_without_its_token_is_refused(visitor: Visitor, cast: Cast) -> None:
    await visitor.sign_in(cast, "lan")
    answer = await visitor.client.post(f"/desk/{cast.hoa_sen}", data={"full_name": "x"})
    assert answer.status_code == 403
    assert "Biểu mẫu đã hết hiệu lực" in answer.text


async def test_an_unknown_page(visitor: Visitor) -> None:
    answer = await visitor.open("/nowhere", status=404)
    assert "Không tìm thấy trang này" in visitor.html
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil", "x"])
async def test_nobody_is_sent_elsewhere(visitor: Visitor, cast: Cast, target: str) -> None:
    await visitor.open("/sign-in")
    person = cast.people["lan"]
    answer = await visitor.client.post(
        "/sign-in",
        data={
            "_csrf_token": visitor.token,
            "login": person.login,
            "password": person.password,
            "next": target,
        },
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_a_wrong_password(visitor: Visitor) -> None:
    await visitor.open("/sign-in")
    await visitor.send("/sign-in", status=422, login="lan", password="wrong")
    assert "Tên đăng nhập hoặc mật khẩu không đúng." in visitor.html
    assert 'value="lan"' in visitor.html


async def test_the_session_ends_on_the_server(visitor: Visitor, cast: Cast) -> None:
    await visitor.sign_in(cast, "lan")
    kept = visitor.client.cookies.get("asm")
    assert kept is not None
    await visitor.send("/sign-out")
    visitor.client.cookies.set("asm", kept)
    answer = await visitor.client.get("/desk")
    assert answer.headers["location"].startswith("/sign-in")


async def test_the_cookie_is_out_of_reach_of_scripts(visitor: Visitor, cast: Cast) -> None:
    person = cast.people["lan"]
    await visitor.open("/sign-in")
    answer = await visitor.client.post(
        "/sign-in",
        data={
            "_csrf_token": visitor.token,
            "login": person.login,
            "password": person.password,
        },
    )
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("asm="))
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()


def inline_code(html: str) -> list[str]:
    """What the content policy would block: styles and scripts in the page itself."""
    return re.findall(r"<style|<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=", html)


async def test_pages_hold_no_inline_code(visitor: Visitor, cast: Cast) -> None:
    for path in ("/", "/sign-in", "/verify"):
        await visitor.open(path)
        assert inline_code(visitor.html) == []
    await visitor.sign_in(cast, "lan")
    hotel = cast.hoa_sen
    for path in (
        f"/desk/{hotel}", f"/desk/{hotel}/import", f"/facilities/{hotel}", "/facilities/new",
    ):  # fmt: skip
        answer = await visitor.open(path)
        assert inline_code(visitor.html) == []
        assert answer.headers["cache-control"] == "no-store"
        assert "script-src 'self' 'wasm-unsafe-eval'" in answer.headers["content-security-policy"]


async def test_software_needs_no_form_token(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/tokens", json={"login": "x", "password": "y", "label": "z"})
    assert answer.status_code == 401
