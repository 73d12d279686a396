"""What the application needs to serve pages: templates, form tokens, static files."""

import re
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar.config.compression import CompressionConfig
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import CacheControlHeader
from litestar.middleware import DefineMiddleware
from litestar.middleware.compression import CompressionMiddleware
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.router import Router
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig

from asm.accounts import roles
from asm.settings import Settings
from asm.web.assets import STATIC_DIR, Assets
from asm.web.figures.drawing import DRAWERS
from asm.web.formats import install_formats
from asm.web.page_texts import install_texts

_TEMPLATES = Path(__file__).parent / "templates"
# Everything that software calls with its own credentials, which a browser never sends by itself;
# and what any cache may keep for everybody: a form's cookie must not be kept with it.
_NOT_PAGES = (
    "api", "tiles", "static", ".well-known",
    "authorization-service", "client-service", "cms-backend",
)  # fmt: skip
# Mail programs post to it without our form (RFC 8058); the link itself is what allows it.
_ONE_CLICK = "^/notices/[^/]+/one-click$"
_A_YEAR_S = 365 * 24 * 3600
#: The key of `opt` for what goes out as it is: files, whose length is then told beforehand.
AS_IT_IS: Final = "as_it_is"
COMPRESSED = DefineMiddleware(
    CompressionMiddleware,
    config=CompressionConfig(backend="gzip", gzip_compress_level=6, exclude_opt_key=AS_IT_IS),
)


def make_environment() -> Environment:
    """The templates with their languages, formats and asset addresses; a misspelt name raises."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        auto_reload=False,
    )
    install_texts(environment)
    install_formats(environment)
    environment.globals["asset"] = Assets()
    environment.globals["roles"] = roles
    environment.globals["page_paths"] = frozenset()
    environment.globals |= DRAWERS
    return environment


def template_config(
    settings: Settings, push_key: str, paths: frozenset[str]
) -> TemplateConfig[JinjaTemplateEngine]:
    """Litestar's template settings over our environment. `push_key`: browsers subscribe with it;
    `paths`: what is served, so that the bar offers nothing else.
    """
    environment = make_environment()
    environment.globals["page_paths"] = paths
    environment.globals["public_url"] = settings.public_url
    environment.globals["push_key"] = push_key
    return TemplateConfig(instance=JinjaTemplateEngine.from_environment(environment))


def csrf_config(settings: Settings, secret: str) -> CSRFConfig:
    """Every form of a page carries `_csrf_token`, the double of a cookie; software is exempt."""
    return CSRFConfig(
        secret=secret,
        cookie_name="__Host-asm-form" if settings.secure_cookies else "asm-form",
        cookie_secure=settings.secure_cookies,
        cookie_httponly=True,
        cookie_samesite="lax",
        exclude=[f"^/{re.escape(name)}(/|$)" for name in _NOT_PAGES] + [_ONE_CLICK],
    )


def static_files() -> Router:
    """The built files: each name carries its content's hash, so it may be kept for ever."""
    return create_static_files_router(
        path="/static/assets",
        directories=[STATIC_DIR / "assets"],
        name="static",
        include_in_schema=False,
        cache_control=CacheControlHeader(max_age=_A_YEAR_S, public=True, immutable=True),
        middleware=[COMPRESSED],
    )
