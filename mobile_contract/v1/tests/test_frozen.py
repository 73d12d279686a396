"""The promise to released clients: each line of its table, applied to the contract, is seen."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mobile_contract.frozen.compare import breaks
from mobile_contract.frozen.release import CONTRACT, promises, released
from mobile_contract.v1.tests.where_in_contract import Document, operations_in, schemas

#: Of many places where a change may be made, so many are tried, spread over the document.
TRIED = 12
Change = Callable[[Document], Iterator[Callable[[], None]]]


@pytest.fixture(scope="module")
def document() -> Document:
    parsed: Document = json.loads(CONTRACT.read_text("utf-8"))
    return parsed


def _deleting(holder: Any, name: Any) -> Callable[[], None]:
    def change() -> None:
        del holder[name]

    return change


def _setting(holder: Any, name: Any, value: Any) -> Callable[[], None]:
    def change() -> None:
        holder[name] = value

    return change


def _calling(change: Callable[..., Any], *given: Any) -> Callable[[], None]:
    return lambda: change(*given)


def operation_gone(d: Document) -> Iterator[Callable[[], None]]:
    for item in d["paths"].values():
        yield from (_deleting(item, method) for method in list(item))


def operation_renamed(d: Document) -> Iterator[Callable[[], None]]:
    yield from (_setting(o, "operationId", o["operationId"] + "2") for o in operations_in(d))


def address_changed(d: Document) -> Iterator[Callable[[], None]]:
    for path in list(d["paths"]):
        yield lambda path=path: d["paths"].update({path + "/all": d["paths"].pop(path)})


def sent_field_gone(d: Document) -> Iterator[Callable[[], None]]:
    for schema in schemas(d, "sent"):
        yield from (_deleting(schema["properties"], n) for n in schema.get("properties", {}))


def read_field_gone(d: Document) -> Iterator[Callable[[], None]]:
    for schema in schemas(d, "read"):
        yield from (_deleting(schema["properties"], n) for n in schema.get("properties", {}))


def read_field_may_be_absent(d: Document) -> Iterator[Callable[[], None]]:
    for schema in schemas(d, "read"):
        for name in schema.get("required", []):
            if name in schema["properties"]:
                yield _calling(schema["required"].remove, name)


def field_must_be_sent(d: Document) -> Iterator[Callable[[], None]]:
    for schema in schemas(d, "sent"):
        for name in schema.get("properties", {}).keys() - set(schema.get("required", [])):
            yield _setting(schema, "required", [*schema.get("required", []), name])


def new_field_must_be_sent(d: Document) -> Iterator[Callable[[], None]]:
    for schema in schemas(d, "sent"):
        if schema.get("properties"):
            more = {"properties": {**schema["properties"], "colour": {"type": "string"}}}
            more["required"] = [*schema.get("required", []), "colour"]
            yield _calling(schema.update, more)


def parameter_gone(d: Document) -> Iterator[Callable[[], None]]:
    for operation in operations_in(d):
        for number in range(len(operation.get("parameters", []))):
            yield _deleting(operation["parameters"], number)


def new_parameter_must_be_sent(d: Document) -> Iterator[Callable[[], None]]:
    new = {"name": "colour", "in": "query", "required": True, "schema": {"type": "string"}}
    for operation in operations_in(d):
        yield _setting(operation, "parameters", [*operation.get("parameters", []), new])


def read_value_may_be_null(d: Document) -> Iterator[Callable[[], None]]:
    for schema in schemas(d, "read"):
        if isinstance(schema.get("type"), str) and schema["type"] != "null":
            yield _setting(schema, "type", [schema["type"], "null"])


def null_taken_no_more(d: Document) -> Iterator[Callable[[], None]]:
    for schema in schemas(d, "sent"):
        if isinstance(schema.get("type"), list) and "null" in schema["type"]:
            yield _calling(schema["type"].remove, "null")


def sent_value_dropped(d: Document) -> Iterator[Callable[[], None]]:
    for schema in schemas(d, "sent"):
        if len(schema.get("enum", [])) > 1:
            yield _deleting(schema["enum"], 0)


def read_value_added(d: Document) -> Iterator[Callable[[], None]]:
    for schema in schemas(d, "read"):
        if "enum" in schema:
            yield _calling(schema["enum"].append, "colour")


def sent_values_closed(d: Document) -> Iterator[Callable[[], None]]:
    for schema in schemas(d, "sent"):
        if schema.get("type") == "string" and "enum" not in schema:
            yield _setting(schema, "enum", ["colour"])


def other_type(d: Document) -> Iterator[Callable[[], None]]:
    for direction in ("sent", "read"):
        for schema in schemas(d, direction):
            if schema.get("type") == "string" or schema.get("type") == "integer":
                other = "integer" if schema["type"] == "string" else "string"
                yield _setting(schema, "type", other)


def other_format(d: Document) -> Iterator[Callable[[], None]]:
    for direction in ("sent", "read"):
        for schema in schemas(d, direction):
            if schema.get("type") == "string":
                yield _setting(schema, "format", "colour")


def other_pattern(d: Document) -> Iterator[Callable[[], None]]:
    for schema in schemas(d, "sent"):
        if schema.get("type") == "string":
            yield _setting(schema, "pattern", "^[a-c]$")


def narrower_bound(d: Document) -> Iterator[Callable[[], None]]:
    for schema in schemas(d, "sent"):
        if schema.get("type") == "string":
            yield _setting(schema, "maxLength", 0)
            yield _setting(schema, "minLength", 10**6)
        elif schema.get("type") == "array":
            yield _setting(schema, "maxItems", 0)


def other_default(d: Document) -> Iterator[Callable[[], None]]:
    for schema in schemas(d, "sent"):
        if "default" in schema:
            yield _deleting(schema, "default")


def other_constant(d: Document) -> Iterator[Callable[[], None]]:
    for schema in schemas(d, "sent"):
        if "const" in schema:
            yield _setting(schema, "const", "colour")


def unknown_refused(d: Document) -> Iterator[Callable[[], None]]:
    for schema in schemas(d, "sent"):
        if schema.get("properties") and schema.get("additionalProperties") is not False:
            yield _setting(schema, "additionalProperties", value=False)


def choice_gone(d: Document) -> Iterator[Callable[[], None]]:
    for schema in schemas(d, "sent"):
        if len(schema.get("oneOf", [])) > 1:
            yield _deleting(schema["oneOf"], 0)


def answer_gone(d: Document) -> Iterator[Callable[[], None]]:
    for operation in operations_in(d):
        yield from (_deleting(operation["responses"], s) for s in list(operation["responses"]))


def answer_added(d: Document) -> Iterator[Callable[[], None]]:
    for operation in operations_in(d):
        yield _setting(operation["responses"], "202", {"description": "Later"})


def header_gone(d: Document) -> Iterator[Callable[[], None]]:
    for operation in operations_in(d):
        for answer in operation["responses"].values():
            yield from (_deleting(answer["headers"], n) for n in list(answer.get("headers", {})))


def media_type_gone(d: Document) -> Iterator[Callable[[], None]]:
    for operation in operations_in(d):
        for part in (operation.get("requestBody", {}), *operation["responses"].values()):
            yield from (_deleting(part["content"], k) for k in list(part.get("content", {})))


def other_ways_to_sign_in(d: Document) -> Iterator[Callable[[], None]]:
    for operation in operations_in(d):
        if operation.get("security"):
            yield _deleting(operation["security"], 0)
    for name in list(d["components"]["securitySchemes"]):
        yield _deleting(d["components"]["securitySchemes"], name)


BREAKING: list[Change] = [
    operation_gone, operation_renamed, address_changed, sent_field_gone, read_field_gone,
    read_field_may_be_absent, field_must_be_sent, new_field_must_be_sent, parameter_gone,
    new_parameter_must_be_sent, read_value_may_be_null, null_taken_no_more, sent_value_dropped,
    read_value_added, sent_values_closed, other_type, other_format, other_pattern, narrower_bound,
    other_default, other_constant, unknown_refused, choice_gone, answer_gone, answer_added,
    header_gone, media_type_gone, other_ways_to_sign_in,
]  # fmt: skip


def new_operation(d: Document) -> Iterator[Callable[[], None]]:
    new = copy.deepcopy(next(operations_in(d))) | {"operationId": "colour"}
    yield _setting(d["paths"], "/api/v1/colours", {"get": new})


def new_optional_field(d: Document) -> Iterator[Callable[[], None]]:
    for direction in ("sent", "read"):
        for schema in schemas(d, direction):
            if schema.get("properties"):
                yield _setting(schema["properties"], "colour", {"type": "string"})


def new_optional_parameter(d: Document) -> Iterator[Callable[[], None]]:
    new = {"name": "colour", "in": "query", "schema": {"type": "string"}}
    for operation in operations_in(d):
        yield _setting(operation, "parameters", [*operation.get("parameters", []), new])


def other_texts(d: Document) -> Iterator[Callable[[], None]]:
    for direction in ("sent", "read"):
        for schema in schemas(d, direction):
            yield _setting(schema, "description", "Otherwise said")
    for operation in operations_in(d):
        yield _setting(operation, "summary", "Otherwise said")


def deprecated(d: Document) -> Iterator[Callable[[], None]]:
    yield from (_setting(o, "deprecated", value=True) for o in operations_in(d))


def new_refusal(d: Document) -> Iterator[Callable[[], None]]:
    for operation in operations_in(d):
        yield _setting(operation["responses"], "418", {"description": "Another refusal"})


ALLOWED: list[Change] = [
    new_operation, new_optional_field, new_optional_parameter, other_texts, deprecated, new_refusal,
]  # fmt: skip


def changed(document: Document, change: Change) -> Iterator[Document]:
    """The document, changed at some of the places where it can be."""
    count = sum(1 for _ in change(document))
    assert count, "there is no such place: the check could not fail"
    step = max(1, count // TRIED)
    for number in range(0, count, step):
        copied = copy.deepcopy(document)
        list(change(copied))[number]()
        yield copied


@pytest.mark.parametrize("change", BREAKING, ids=lambda change: change.__name__)
def test_a_break_is_seen(document: Document, change: Change) -> None:
    for number, other in enumerate(changed(document, change)):
        assert breaks(document, other), f"{change.__name__} {number} was not seen"


@pytest.mark.parametrize("change", ALLOWED, ids=lambda change: change.__name__)
def test_what_is_allowed_is_no_break(document: Document, change: Change) -> None:
    for other in changed(document, change):
        assert breaks(document, other) == []


def test_nothing_that_was_released_is_broken(document: Document) -> None:
    version = document["info"]["version"]
    assert version in released(), "python -m mobile_contract.frozen.release"
    for name, promised in promises(version).items():
        assert breaks(promised, document) == [], name
