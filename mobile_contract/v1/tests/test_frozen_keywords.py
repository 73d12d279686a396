"""What a contract says of shapes in rarer words binds clients too, and its change is seen."""

import copy
from collections.abc import Iterator

import pytest

from mobile_contract.frozen.compare import breaks
from mobile_contract.v1.tests.where_in_contract import Document, operations_in, schemas

#: Each narrows what is taken of a text or of a list.
NARROWER = [
    {"not": {"const": "colour"}},
    {"allOf": [{"maxLength": 1}]},
    {"anyOf": [{"maxLength": 1}]},
    {"contentEncoding": "base64"},
    {"uniqueItems": True},
    {"contains": {"const": "colour"}},
]


def choices(document: Document) -> Iterator[Document]:
    yield from (each for each in schemas(document, "sent") if "discriminator" in each)


@pytest.mark.parametrize("keyword", NARROWER, ids=lambda keyword: next(iter(keyword)))
@pytest.mark.parametrize("kind", ["string", "array"])
def test_a_rarer_keyword_is_seen(contract: Document, keyword: Document, kind: str) -> None:
    other = copy.deepcopy(contract)
    next(each for each in schemas(other, "sent") if each.get("type") == kind).update(keyword)
    assert breaks(contract, other)


def test_choices_keep_their_discriminator(contract: Document) -> None:
    by_another, without_one, grown = (copy.deepcopy(contract) for _ in range(3))
    next(choices(by_another))["discriminator"]["propertyName"] = "colour"
    mapping = next(choices(without_one))["discriminator"]["mapping"]
    del mapping[next(iter(mapping))]
    next(choices(grown))["discriminator"]["mapping"]["colour"] = "#/components/schemas/Colour"
    assert breaks(contract, by_another)
    assert breaks(contract, without_one)
    assert breaks(contract, grown) == []


def test_a_header_of_another_type_is_seen(contract: Document) -> None:
    other = copy.deepcopy(contract)
    answers = (a for o in operations_in(other) for a in o["responses"].values())
    headers = next(answer["headers"] for answer in answers if "headers" in answer)
    next(iter(headers.values()))["schema"] = {"type": "boolean"}
    assert breaks(contract, other)


@pytest.mark.parametrize(("how", "value"), [("style", "spaceDelimited"), ("explode", False)])
def test_a_parameter_written_in_another_way_is_seen(
    contract: Document, how: str, value: object
) -> None:
    other = copy.deepcopy(contract)
    parameters = (p for o in operations_in(other) for p in o.get("parameters", []))
    next(parameters)[how] = value
    assert breaks(contract, other)
