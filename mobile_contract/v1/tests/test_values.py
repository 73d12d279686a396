"""Values that clients of every generator read: typed, of one shape, and free to grow in answers."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from asm.api.lifetimes.growing import CLOSED, MAY_GROW, open_values
from mobile_contract.v1.tests.where_in_contract import Document, schemas

DIRECTIONS = ("sent", "read")
#: How fields that hold a moment or a day are called.
MOMENT = re.compile(r"(?:.*_)?at")
DAY = re.compile(r"(?:.*_)?(?:date|day|night)")
#: What was read of a row of a spreadsheet: a birth date there may be a year alone.
AS_READ = "RowRead"


def fields(contract: Document, direction: str) -> Iterator[tuple[str, Document]]:
    for schema in schemas(contract, direction):
        if schema.get("title") == AS_READ:
            continue
        for name, field in schema.get("properties", {}).items():
            yield name, field
            if isinstance(field.get("items"), dict):
                yield name, field["items"]


def is_text(field: Document) -> bool:
    kind = field.get("type", [])
    return "string" in ([kind] if isinstance(kind, str) else kind)


def nodes(node: Any) -> Iterator[Document]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from nodes(value)
    elif isinstance(node, list):
        for value in node:
            yield from nodes(value)


def test_every_constant_has_its_type(contract: Document) -> None:
    """Without it the generated Python client raises on valid JSON."""
    constants = [node for node in nodes(contract) if isinstance(node.get("const"), str)]
    assert constants
    assert [node for node in constants if node.get("type") != "string"] == []


def test_every_choice_has_a_discriminator(contract: Document) -> None:
    """By a field that says which it is, or because the other one is null."""
    choices = [node for node in nodes(contract) if isinstance(node.get("oneOf"), list)]
    assert choices
    for node in choices:
        others = [each for each in node["oneOf"] if each != {"type": "null"}]
        assert len(others) == 1 or "discriminator" in node, node


def test_answers_close_no_list_that_may_grow(contract: Document) -> None:
    closed = {name for name, field in fields(contract, "read") if "enum" in field}
    assert closed == CLOSED


def test_what_is_sent_keeps_its_lists(contract: Document) -> None:
    assert {name for name, field in fields(contract, "sent") if "enum" in field} - CLOSED


def test_an_opened_list_names_what_it_knows() -> None:
    schema: Document = {
        "properties": {
            "kind": {"type": "string", "description": "What.", "enum": ["a", "b", None]},
            "kinds": {"type": "array", "items": {"type": "string", "enum": ["a"]}},
            "sex": {"type": "string", "enum": ["male"]},
        }
    }
    open_values(schema)
    assert schema["properties"] == {
        "kind": {"type": "string", "description": f"What. `a`, `b`. {MAY_GROW}"},
        "kinds": {
            "type": "array",
            "items": {"type": "string", "description": f"`a`. {MAY_GROW}"},
        },
        "sex": {"type": "string", "enum": ["male"]},
    }


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize(("named", "shape"), [(MOMENT, "date-time"), (DAY, "date")])
def test_moments_and_days_have_one_shape(
    contract: Document, direction: str, named: re.Pattern[str], shape: str
) -> None:
    said = [(n, f) for n, f in fields(contract, direction) if named.fullmatch(n) and is_text(f)]
    assert said
    assert [name for name, field in said if field.get("format") != shape] == []
