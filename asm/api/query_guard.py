"""A query says nothing that nobody hears: a misspelt `?dryrun=true` would declare for real.

What an address takes is read from its handler and what that depends on; what a handler reads by
itself it names in `opt` (`HEARS`). Software gets a refusal for any other name. Pages that take
nothing ignore a query, since nothing that is done or shown depends on it; the others refuse it too,
except for what mail and messaging programs put behind every link.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from litestar import Litestar, Request
from litestar.exceptions import ValidationException
from litestar.routes import HTTPRoute
from litestar.types import HTTPScope

from asm.api.json_body import NUL
from asm.errors import Invalid, field_error, not_found

#: The key of `opt` for names that a handler reads from the query by itself, or its router for all.
HEARS: Final = "query"
_SOFTWARE: Final = ("/api/v1", "/ogc", "/tiles")
#: Probes and providers that call back put there what they like; it changes nothing. A token
#: endpoint ignores what it does not know (RFC 6749, 3.2) and refuses secrets there in its words.
_UNGUARDED: Final = ("/health/", "/metrics", "/api/providers/", "/static/", "/api/v1/oauth/")
_TRACKING: Final = re.compile(r"utm_\w+|fbclid|gclid|msclkid|zarsrc|mc_[ce]id|_ga")
_PRINTABLE: Final = re.compile(r"[A-Za-z0-9_.\-]{1,40}")


_LONGEST_FILE: Final = 200


class QueryNames(msgspec.Struct, frozen=True):
    """What an address takes, and which of that may stand there several times. `sent_as`: the name
    in the query of what the handler calls otherwise.
    """

    single: frozenset[str]
    many: frozenset[str]
    sent_as: dict[str, str]

    @property
    def known(self) -> list[str]:
        """Every name."""
        return sorted(self.single | self.many)


class BadOgcQuery(Invalid):
    """The standard asks for 400 where our own interface says 422 (OGC 17-069r4, 7.6)."""

    status = 400


def query_names(app: Litestar) -> dict[int, QueryNames]:
    """By the identity of its handler, of every address of the application."""
    return {
        id(handler): _names_of(handler, model)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler, model in route.route_handler_map.values()
    }


def check_path(path: str) -> None:
    """Raises not_found for what nothing can be called: with NUL, which PostgreSQL does not take, or
    for a file with a longer name than file systems have.
    """
    if NUL in path or (path.startswith("/static/") and len(path) > _LONGEST_FILE):
        raise not_found("route")


def check_query(scope: HTTPScope) -> None:
    """Raises Invalid (unknown_parameter, repeated_parameter, wrong_type), naming the parameter,
    those that there are and the nearest.
    """
    path = scope["path"]
    if path.startswith(_UNGUARDED):
        return
    by_handler = scope["litestar_app"].state.query_names
    names: QueryNames | None = by_handler.get(id(scope["route_handler"]))
    if names is None:
        return
    software = path.startswith(_SOFTWARE)
    if not software and not names.known:
        return
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    given = [name for name, _ in pairs]
    if not software:
        given = [name for name in given if not _TRACKING.fullmatch(name)]
    errors = [*_unknown(given, names), *_repeated(given, names), *_nul(pairs)]
    if errors:
        kind = BadOgcQuery if path.startswith("/ogc") else Invalid
        first = errors[0]
        raise kind(first["code"], said=(first["message"], first["message_en"]), errors=errors)


def name_as_sent(request: Request[Any, Any, Any], error: ValidationException) -> None:
    """Let what is said of a parameter's value name the parameter as it was sent."""
    handler = request.scope.get("route_handler")
    names: QueryNames | None = request.app.state.query_names.get(id(handler))
    wrong = error.extra if isinstance(error.extra, list) else []
    for item in wrong:
        if names is not None and isinstance(item, dict) and item.get("source") == "query":
            key = str(item.get("key", ""))
            item["key"] = names.sent_as.get(key, key)


def _names_of(handler: Any, model: Any) -> QueryNames:
    hears = frozenset(handler.opt.get(HEARS, ()))
    expected = model.expected_query_params
    many = frozenset(item.field_alias for item in expected if item.is_sequence)
    return QueryNames(
        single=hears | frozenset(item.field_alias for item in expected) - many,
        many=many,
        sent_as={item.field_name: item.field_alias for item in expected},
    )


def _nul(pairs: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """PostgreSQL keeps no NUL, and no name or word has one."""
    return [
        field_error(
            f"/{name if _PRINTABLE.fullmatch(name) else '?'}", "wrong_type", text="shape.nul"
        )
        for name, value in pairs
        if NUL in value
    ]


def _unknown(given: Iterable[str], names: QueryNames) -> list[dict[str, Any]]:
    errors = []
    for name in dict.fromkeys(given):
        if name in names.single or name in names.many:
            continue
        shown = name if _PRINTABLE.fullmatch(name) else "?"
        known = ", ".join(names.known)
        nearest = _nearest(name, names.known)
        if not known:
            error = field_error(
                f"/{shown}", "unknown_parameter", text="unknown_parameter.none", name=shown
            )
        elif nearest is None:
            error = field_error(f"/{shown}", "unknown_parameter", name=shown, known=known)
        else:
            error = field_error(
                f"/{shown}",
                "unknown_parameter",
                text="unknown_parameter.near",
                name=shown,
                known=known,
                nearest=nearest,
            )
        errors.append(error)
    return errors


def _nearest(name: str, known: list[str]) -> str | None:
    folded = {re.sub("[^a-z0-9]", "", item.lower()): item for item in known}
    near = get_close_matches(re.sub("[^a-z0-9]", "", name.lower()), list(folded), n=1, cutoff=0.5)
    return folded[near[0]] if near else None


def _repeated(given: list[str], names: QueryNames) -> list[dict[str, Any]]:
    return [
        field_error(f"/{name}", "repeated_parameter", name=name)
        for name in dict.fromkeys(given)
        if name in names.single and given.count(name) > 1
    ]
