"""The published contract: what Litestar generates, put as exactly as the server behaves.

Litestar documents its own 400 where problem+json is answered, leaves open what is refused when a
field is unknown, and names operations after our functions. Phones are built from this document.
"""

import copy
import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

from litestar import Request
from litestar.openapi.plugins import JsonRenderPlugin

from asm.api.lifetimes.deprecated import ENDING
from asm.api.lifetimes.growing import open_values
from asm.api.problems import MEDIA_TYPE
from asm.headers import Header

Document = dict[str, Any]

PREFIX: Final = "/api/v1/"
#: As the newest heading of mobile_contract/CHANGELOG.md, which says what each brought.
VERSION: Final = "1.0.0-rc.3"
DESCRIPTION: Final = (
    "Declare stays in Vietnamese accommodation and hold signed receipts.\n\n"
    "Sign in with `issueToken` and send `Authorization: Bearer …`. Send an `Idempotency-Key` with "
    "every declaration and change: a resend with the same key and body gets the first answer "
    "again, another body is refused (422). In a PATCH an absent field stays and null empties it, "
    "at every depth. Times carry an offset (RFC 3339). Refusals are RFC 9457 problems with a "
    "stable `code`; absent and out of scope are the same 404. Send nothing that is not described "
    "here, and ignore what an answer holds beyond it: answers may grow. Answers say the "
    "version of this contract in `ASM-Contract-Version`."
)
_REF: Final = "#/components/schemas/"
_METHODS: Final = frozenset({"get", "put", "post", "delete", "patch"})
_NOISE: Final = {"deprecated": False, "allowEmptyValue": False, "allowReserved": False}
_PHRASES: Final = {str(status.value): status for status in HTTPStatus}
#: What is read before it is changed.
_TAGGED: Final = frozenset({"getStay", "getFacility"})
_TAG: Final = {
    Header.ETAG: {
        "description": "Which version this is, for `If-Match`",
        "schema": {"type": "string"},
    }
}
_DONE: Final = frozenset({"200", "201", "204"})
_WAIT: Final = {
    Header.RETRY_AFTER: {"description": "Seconds to wait", "schema": {"type": "integer"}}
}
_HEADERS: Final = {
    "401": {
        Header.WWW_AUTHENTICATE: {
            "description": "`Bearer`; to a phone `DPoP error=…`",
            "schema": {"type": "string"},
        }
    },
    "429": _WAIT,
    "503": _WAIT,
}
#: Of the one operation that takes a client's secret.
_BASIC: Final = {Header.WWW_AUTHENTICATE: {"description": "`Basic`", "schema": {"type": "string"}}}
_REPLAYED: Final = {
    Header.IDEMPOTENCY_REPLAYED: {
        "description": "`true` when this is the stored answer of an earlier request",
        "schema": {"type": "string", "const": "true"},
    }
}


class PublishedContract(JsonRenderPlugin):
    """Serve the contract instead of what it is made from."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return super().render(request, published(openapi_schema))


def published(generated: Mapping[str, Any]) -> Document:
    """The contract from Litestar's document, which is left as it is."""
    document: Document = copy.deepcopy(dict(generated))
    document["info"]["description"] = DESCRIPTION
    document["paths"] = {
        path: item for path, item in document["paths"].items() if path.startswith(PREFIX)
    }
    for operation in operations(document):
        _describe(operation)
        _state_parameters(operation)
        _state_answers(operation)
    schemas = document["components"]["schemas"]
    for name in schemas.keys() - _reachable(document, document["paths"]):
        del schemas[name]
    for schema in schemas.values():
        _state_properties(schema)
    _close_inputs(document)
    return document


def operations(document: Mapping[str, Any]) -> Iterator[Document]:
    """Every operation of a document."""
    for item in document["paths"].values():
        yield from (item[method] for method in item if method in _METHODS)


def needs_no_token(operation: Mapping[str, Any]) -> bool:
    """Whether a stranger may call it: no security, or nothing as one way of it."""
    ways = operation.get("security") or [{}]
    return {} in ways


def _describe(operation: Document) -> None:
    """The first sentence of the description instead of a function's name."""
    text = " ".join(operation["description"].split("\n\n")[0].split())
    operation["summary"] = re.split(r"[.;] ", text)[0].rstrip(".")
    _drop_noise(operation)
    if operation["operationId"] in ENDING:
        operation["deprecated"] = True


def _drop_noise(node: Document) -> None:
    for name, default in _NOISE.items():
        if node.get(name) is default:
            del node[name]


def _state_parameters(operation: Document) -> None:
    for parameter in operation.get("parameters", []):
        _drop_noise(parameter)
        schema = parameter["schema"] = _without_null(parameter["schema"])
        schema.pop("description", None)
        if parameter["name"] == Header.IDEMPOTENCY_KEY:
            schema.update(minLength=8, maxLength=128, pattern="^[ -~]*$")


def _without_null(schema: Document) -> Document:
    """A parameter is there or not; it is never null."""
    choices = [choice for choice in schema.get("oneOf", []) if choice != {"type": "null"}]
    return choices[0] if len(choices) == 1 else schema


def _state_answers(operation: Document) -> None:
    answers = operation["responses"]
    if "$ref" not in str(answers.get("400", {}).get("content", {})):
        # Litestar's own shape of a 400, which is never sent: a wrong parameter or body is a 422.
        answers.pop("400", None)
    takes_json = "application/json" in operation.get("requestBody", {}).get("content", {})
    if takes_json:
        answers["400"] = _problem("The body is not JSON")
    # What is wrong in a path is an unknown address: 404.
    if takes_json or any(p["in"] != "path" for p in operation.get("parameters", [])):
        answers.setdefault("422", _problem("A parameter or the body is not in the expected form"))
    answers.setdefault("default", _problem("Any other refusal or fault: `code` says which"))
    if any(p["name"] == Header.IDEMPOTENCY_KEY for p in operation.get("parameters", [])):
        answers.setdefault(
            "409", _problem("Clashes with what is stored, or the same key is being worked on")
        )
    _state_headers(operation)
    operation["responses"] = dict(sorted(answers.items()))


def _state_headers(operation: Document) -> None:
    answers = operation["responses"]
    takes_key = any(p["name"] == Header.IDEMPOTENCY_KEY for p in operation.get("parameters", []))
    takes_match = any(p["name"] == Header.IF_MATCH for p in operation.get("parameters", []))
    for status, answer in answers.items():
        if status in _PHRASES and answer["description"] == _PHRASES[status].description:
            answer["description"] = _PHRASES[status].phrase
        again = takes_key and status in _DONE and not (status == "201" and "200" in answers)
        headers = _HEADERS.get(status, _REPLAYED if again else {})
        if status == "200" and (takes_match or operation["operationId"] in _TAGGED):
            headers = headers | _TAG
        if status == "401" and {"clientSecret": []} in operation.get("security", []):
            headers = _BASIC
        answer["headers"] = {**answer.get("headers", {}), **headers}
        if not answer["headers"]:
            del answer["headers"]


def _problem(description: str) -> Document:
    schema = {"$ref": f"{_REF}ProblemDetails"}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


def _state_properties(schema: Document) -> None:
    properties = schema.get("properties", {})
    # A tag tells the members of a union apart; alone it says nothing, and may be left out.
    tagged = "const" in properties.get("type", {})
    if tagged:
        del properties["type"]
    required = [name for name in schema.pop("required", []) if not (tagged and name == "type")]
    if required:
        schema["required"] = required
    schema["properties"] = {name: _plain(value) for name, value in properties.items()}


def _plain(schema: Document) -> Document:
    """`oneOf` a type and null as a list of types, of one thing as that thing; null comes last."""
    choices = schema.get("oneOf", [])
    if len(choices) == 1:
        return {**{k: v for k, v in schema.items() if k != "oneOf"}, **choices[0]}
    first = choices[0] if choices else {}
    if len(choices) == 2 and choices[1] == {"type": "null"} and isinstance(first.get("type"), str):
        return _with_null({**first, "type": [first["type"], "null"]})
    if isinstance(schema.get("type"), list):
        kinds = sorted(schema["type"], key=lambda kind: (kind == "null", kind))
        return _with_null({**schema, "type": kinds})
    return schema


def _with_null(schema: Document) -> Document:
    """A list of values holds null too where null may stand: `type` adds nothing to `enum`."""
    values = schema.get("enum", [])
    if values and "null" in schema["type"] and None not in values:
        return {**schema, "enum": [*values, None]}
    return schema


def _close_inputs(document: Document) -> None:
    """Unknown fields are refused. A schema that answers use too stays open there and is closed
    where a request refers to it. Lists of values close what is sent, never what is read.
    """
    schemas = document["components"]["schemas"]
    bodies = [operation.get("requestBody", {}) for operation in operations(document)]
    answers = [operation["responses"] for operation in operations(document)]
    inputs, outputs = _reachable(document, bodies), _reachable(document, answers)
    for name in inputs - outputs:
        schemas[name]["additionalProperties"] = False
    for name in outputs:
        open_values(schemas[name])
    for node in [*bodies, *(schemas[name] for name in inputs - outputs)]:
        for reference in _references(node):
            if reference["$ref"].removeprefix(_REF) in outputs:
                reference["unevaluatedProperties"] = False


def _reachable(document: Document, start: object) -> set[str]:
    """Names of the schemas that `start` refers to, directly or through others."""
    reachable: set[str] = set()
    waiting = [start]
    while waiting:
        for reference in _references(waiting.pop()):
            name = reference["$ref"].removeprefix(_REF)
            if name not in reachable:
                reachable.add(name)
                waiting.append(document["components"]["schemas"][name])
    return reachable


def _references(node: object) -> Iterator[Document]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
