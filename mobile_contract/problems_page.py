"""docs/problems.md: every code that an operation can refuse with, read from the source."""

import inspect
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

import asm
import asm.errors
from asm.api.routes import PUBLIC
from asm.errors import Refusal
from asm.locales.texts import has_text, templates
from mobile_contract.refusal_codes import (
    FIELD,
    Code,
    Sayings,
    codes_of,
    mentions,
    read_source,
)

HEAD: Final = """\
# Mã từ chối · Problem codes

Mỗi lời từ chối có một `code` không đổi; hãy lập trình theo mã, không theo câu chữ. Trang này do \
`python -m mobile_contract.generate` viết ra từ chính mã nguồn. Danh sách là danh sách mở: phiên \
bản sau có thể thêm mã; gặp mã lạ thì xử lý theo mã HTTP.

Every refusal has a `code` that does not change: program against it, not against the words. This \
page is written by `python -m mobile_contract.generate`, from the source. The list is open: later \
versions may add codes; treat one that you do not know by its HTTP status. What can be answered \
follows from what calls what, so an operation may be named here that never gives a code, but none \
is left out. `{…}` stands for a limit or a label. How a client handles each kind: \
[api.md](api.md#refusals). The rules that judge a guest have pages of their own: \
[rules.md](rules.md), for `outcome.results[].problems[].rule` and for `errors[].code`. \
`issueClientToken` and `revokeDevice` answer with the words of RFC 6749 and RFC 9449 \
(`invalid_client`, `invalid_request`, `invalid_grant`, `unsupported_grant_type`, `invalid_scope`, \
`invalid_dpop_proof`, `use_dpop_nonce`, `temporarily_unavailable`) in `error`.
"""
ANSWERS: Final = """\
## Mã của câu trả lời · Codes of answers

`code` của problem+json. · `code` of problem+json.

| Code | Status | Nghĩa · Meaning | Operations |
|---|---|---|---|
"""
FIELDS: Final = """
## Mã của từng ô · Codes of fields

`errors[].code`, cạnh `pointer` và cách sửa. · `errors[].code`, beside `pointer` and the remedy.

| Code | Nghĩa · Meaning | Operations |
|---|---|---|
"""
#: What surrounds every request, and the reading of a body of JSON.
FRAME: Final = (
    "asm.api.request_frame.FrameMiddleware.__call__",
    "asm.api.bodies.whole_body.BodyReader.read",
    "asm.api.problems.handle",
    "asm.metrics.counted.measure_request",
)
JSON_BODY: Final = ("asm.api.json_body.JsonRequest.json", "asm.api.problems.malformed")
EVERY: Final = "every one"
EVERY_SIGNED_IN: Final = "every one that needs a token"
EVERY_JSON: Final = "every one that takes JSON"
STANDARD: Final = frozenset({"issueClientToken", "revokeDevice"})
#: The status of what has one of its own.
_STATUS: Final = {"method_not_allowed": "405", "http_…": "…"}
#: The plainest of the ways in which a code is said.
_SHOWN: Final = {"wrong_type": "shape.other"}
_BY_KIND: Final[Mapping[str, type[Refusal]]] = {
    name: kind
    for name, kind in vars(asm.errors).items()
    if isinstance(kind, type) and issubclass(kind, Refusal)
}


@cache
def _source() -> tuple[Sayings, dict[str, set[str]]]:
    source = read_source(Path(asm.__file__).parent)
    return Sayings(source), mentions(source)


def unread_codes() -> set[str]:
    """Places where a refusal's code could not be read."""
    return _source()[0].unread


def codes_by_operation(app: Litestar) -> dict[str, set[Code]]:
    """What each operation says beyond what every one does."""
    return {name: codes_of(_starts(handler), *_source()) for name, handler in _handlers(app)}


def common_codes() -> dict[str, set[Code]]:
    """What every operation can say, and every one that takes JSON."""
    every = codes_of(FRAME, *_source())
    return {EVERY: every, EVERY_JSON: codes_of(JSON_BODY, *_source()) - every}


def _handlers(app: Litestar) -> Iterable[tuple[str, HTTPRouteHandler]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute) and route.path.startswith("/api/v1/"):
            for method, (handler, _) in route.route_handler_map.items():
                if handler.operation_id and method in handler.http_methods:
                    yield str(handler.operation_id), handler


def _starts(handler: HTTPRouteHandler) -> set[str]:
    """The handler and what provides its parameters, and theirs."""
    providers = handler.resolve_dependencies()
    starts = {_full_name(handler.fn)}
    waiting, seen = [*inspect.signature(handler.fn).parameters], set[str]()
    while waiting:
        name = waiting.pop()
        if name in providers and name not in seen:
            seen.add(name)
            provider = providers[name].dependency
            starts.add(_full_name(provider))
            waiting.extend(inspect.signature(provider).parameters)
    return starts | {_full_name(each) for each in handler.middleware or ()}


def _full_name(thing: Any) -> str:
    return f"{thing.__module__}.{thing.__qualname__}"


def problems_page(app: Litestar) -> str:
    """The page of the application."""
    by_code: dict[Code, set[str]] = {}
    by_operation = codes_by_operation(app)
    for name, codes in (by_operation | common_codes()).items():
        for code in codes:
            by_code.setdefault(code, set()).add(name)
    signed_in = by_operation.keys() - {str(handler.operation_id) for handler in PUBLIC}
    merged: dict[tuple[str, str], tuple[set[str], set[str]]] = {}
    for code, names in by_code.items():
        texts, operations = merged.setdefault((code.kind, code.code), (set(), set()))
        texts.add(code.text or code.code)
        operations |= names
    lines = {
        (code, kind): (texts, _operations(operations, signed_in))
        for (kind, code), (texts, operations) in merged.items()
    }
    answers = [
        f"| `{code}` | {_status(kind, code)} | {_meaning(kind, code, texts)} | {operations} |\n"
        for (code, kind), (texts, operations) in sorted(lines.items())
        if kind != FIELD
    ]
    fields = [
        f"| `{code}` | {_meaning(kind, code, texts)} | {operations} |\n"
        for (code, kind), (texts, operations) in sorted(lines.items())
        if kind == FIELD
    ]
    return HEAD + "\n" + ANSWERS + "".join(answers) + FIELDS + "".join(fields)


def _operations(names: set[str], signed_in: set[str]) -> str:
    if EVERY in names:
        return EVERY
    left = names - {EVERY_JSON}
    said = [EVERY_JSON] if EVERY_JSON in names else []
    if signed_in <= left:
        said, left = [*said, EVERY_SIGNED_IN], left - signed_in
    return ", ".join([*said, *(f"`{name}`" for name in sorted(left - STANDARD))])


def _status(kind: str, code: str) -> str:
    return _STATUS.get(code, str(_BY_KIND[kind].status))


def _meaning(kind: str, code: str, texts: set[str]) -> str:
    """What stands under the code; where it has no words of its own, one of those that it is said
    with.
    """
    shown = "not_found" if kind == "NotFound" else _SHOWN.get(code, code)
    known = [text for text in (shown, *sorted(texts)) if has_text("refusals", text)]
    if not known:
        return "Như `detail` nói.<br>As `detail` says."
    said = [*templates("refusals", known[0])]
    if kind == FIELD and has_text("refusals", f"{known[0]}:remedy"):
        remedy = templates("refusals", f"{known[0]}:remedy")
        said = [f"{text} {help_}" for text, help_ in zip(said, remedy, strict=True)]
    return "<br>".join(said).replace("|", "\\|").replace("\n", " ")
