"""What generators of clients need said: files in and out, null, and what a change leaves alone.

Each was a client that crashed, had no parameter for the body, or could not read the answer
(mobile_contract/clients tries the generators themselves).
"""

import ast
import inspect
import textwrap
from typing import Any

import msgspec
import pytest
from litestar.handlers import HTTPRouteHandler

from asm.api.file_operation import ANY_BYTES
from asm.api.routes import PUBLIC, SIGNED_IN
from asm.stays.changes import GuestChange
from asm.stays.entry import Guest
from mobile_contract.generate import PROJECT
from mobile_contract.v1.tests.test_contract import Operations, nodes

HANDLERS = [*PUBLIC, *SIGNED_IN]
JSON = {"application/json"}
#: Their forms are those of RFC 6749 and RFC 7009, with a schema for each field.
FORMS = {"issueClientToken", "revokeDevice"}


def asks_for_the_body(handler: HTTPRouteHandler) -> bool:
    """Whether it, or what it calls with the request, reads bytes instead of JSON."""
    return "data" not in handler.fn.__annotations__ and (
        reads_body(handler.fn) or any(reads_body(function) for function in given_request(handler))
    )


def reads_body(function: Any) -> bool:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"body", "form", "stream"}
        for node in ast.walk(tree)
    )


def given_request(handler: HTTPRouteHandler) -> list[Any]:
    """Functions of its module that it hands the request."""
    module = inspect.getmodule(handler.fn)
    tree = ast.parse(textwrap.dedent(inspect.getsource(handler.fn)))
    return [
        getattr(module, node.func.id)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and any(isinstance(arg, ast.Name) and arg.id == "request" for arg in node.args)
        and inspect.isfunction(getattr(module, node.func.id, None))
    ]


def test_every_body_that_is_no_json_is_described(operations: Operations) -> None:
    by_hand = {str(handler.operation_id) for handler in HANDLERS if asks_for_the_body(handler)}
    described = {
        name
        for name, operation in operations.items()
        if operation.get("requestBody", {}).get("content", {}).keys() - JSON
    }
    assert by_hand == described
    assert {"importWorkbook", "readCardImage", "importAddresses", *FORMS} < described
    for name in described - FORMS:
        content = operations[name]["requestBody"]["content"]
        assert operations[name]["requestBody"]["required"] is True
        assert ANY_BYTES in content, name
        for kind, media in content.items():
            assert media["schema"] == binary(kind), (name, kind)
            # Of several kinds openapi-generator's Python client takes the one with "json" in it.
            assert "json" not in kind, name


def binary(kind: str) -> dict[str, str]:
    return {"type": "string", "format": "binary", "contentMediaType": kind}


def answers_bytes(handler: HTTPRouteHandler) -> bool:
    answer = handler.fn.__annotations__["return"]
    return answer is bytes or getattr(answer, "__args__", None) == (bytes,)


def test_every_answer_that_is_no_json_is_described(operations: Operations) -> None:
    by_hand = {str(handler.operation_id) for handler in HANDLERS if answers_bytes(handler)}
    described = set()
    for name, operation in operations.items():
        for status, answer in operation["responses"].items():
            for kind in answer.get("content", {}).keys() - JSON - {"application/problem+json"}:
                described.add(name)
                assert status == "200", name
                assert answer["content"][kind]["schema"] == binary(kind), (name, kind)
    assert by_hand == described
    assert {"getReceiptQr", "markWorkbook", "exportAddresses"} < described


def test_no_body_and_no_answer_is_without_a_schema(operations: Operations) -> None:
    for name, operation in operations.items():
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for body in bodies:
            for kind, media in body.get("content", {}).items():
                assert media.get("schema"), (name, kind)


def test_the_bearer_token_has_the_last_word(
    contract: dict[str, Any], operations: Operations
) -> None:
    """openapi-generator's TypeScript client sets the header once for each way to sign in, and the
    way of OAuth sets it to the bare token. That the order counts hangs on these two names
    (findings/openapi-generator-sends-an-oauth-token-bare.sh).
    """
    assert {"bearer", "clientCredentials"} < contract["components"]["securitySchemes"].keys()
    for name, operation in operations.items():
        ways = [next(iter(way), None) for way in operation.get("security", [])]
        assert "bearer" not in ways[:-1], name


def test_null_stands_in_the_list_of_values_where_it_may_stand(contract: dict[str, Any]) -> None:
    """`type` and `enum` must both allow a value."""
    lists = [node for node in nodes(contract) if isinstance(node.get("enum"), list)]
    assert len(lists) > 20
    for node in lists:
        assert ("null" in node["type"]) == (None in node["enum"]), node


def test_a_change_of_a_guest_has_every_field_of_a_guest() -> None:
    assert GuestChange.__struct_fields__ == Guest.__struct_fields__


PATCHES = [handler for handler in HANDLERS if "PATCH" in handler.http_methods]


def structs_of(kind: Any) -> list[type[msgspec.Struct]]:
    """Those that a field's type names."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return [kind]
    return [struct for part in getattr(kind, "__args__", ()) for struct in structs_of(part)]


@pytest.mark.parametrize("handler", PATCHES, ids=lambda handler: handler.operation_id)
def test_what_is_absent_in_a_patch_stays_at_every_depth(handler: HTTPRouteHandler) -> None:
    waiting = structs_of(handler.fn.__annotations__["data"].__args__[0])
    assert waiting
    while waiting:
        kind = waiting.pop()
        for field in msgspec.structs.fields(kind):
            assert field.default is msgspec.UNSET, (kind, field.name)
            waiting += structs_of(field.type)


def test_the_guide_says_of_every_put_what_absent_means() -> None:
    guide = (PROJECT / "docs/api.md").read_text(encoding="utf-8")
    section = guide.partition("## Changing what is stored")[2].partition("\n## ")[0]
    puts = [str(each.operation_id) for each in HANDLERS if {"PUT", "PATCH"} & each.http_methods]
    assert len(puts) > 5
    assert not [name for name in puts if f"`{name}`" not in section]
