"""Every example is a request that the contract allows and an answer that it describes."""

import copy
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from asm.api.problems import MEDIA_TYPE
from mobile_contract.v1.tests.conftest import EXAMPLES, V1

MAIN_CALLS = {
    "issueToken", "listFacilities", "declareStay", "importWorkbook", "readCardQr", "listStays",
    "getStay", "amendStay", "extendStay", "moveStay", "departStay", "voidStay", "listStayVersions",
    "getReceipt", "verifyReceipt", "listReceiptKeys", "wardTonight", "wardGuests", "wardMonth",
    "wardFlags", "registerFacility",
}  # fmt: skip
Document = dict[str, Any]


def closed(contract: Document) -> Document:
    """The same contract with answers that may not hold more than it describes."""
    strict = copy.deepcopy(contract)
    for schema in strict["components"]["schemas"].values():
        if schema.get("properties"):
            schema.setdefault("additionalProperties", False)
    return strict


def faults(contract: Document, schema: Document, value: object) -> list[str]:
    whole = {**schema, "components": contract["components"]}
    errors = Draft202012Validator(whole, format_checker=FormatChecker()).iter_errors(value)
    return [f"{'/'.join(map(str, error.path))}: {error.message}" for error in errors]


@pytest.fixture
def operation(example: Document, operations: dict[str, Document]) -> Document:
    return operations[example["operationId"]]


def test_the_request_is_allowed(example: Document, operation: Document, contract: Document) -> None:
    request = example["request"]
    address = urlsplit(request["path"])
    assert request["method"] == operation["method"]
    shape = re.sub(r"\\\{[a-z_]+\\\}", "[^/]+", re.escape(operation["path"]))
    assert re.fullmatch(shape, address.path)
    parameters = {p["name"]: p for p in operation.get("parameters", [])}
    assert {name for name, _ in parse_qsl(address.query)} <= parameters.keys()
    assert (
        ("Authorization" in request["headers"])
        or not operation.get("security")
        or {} in operation["security"]
        or refused(example, 401)
    )
    key = request["headers"].get("Idempotency-Key")
    if key is not None:
        assert not faults(contract, parameters["Idempotency-Key"]["schema"], key)


def refused(example: Document, *statuses: int) -> bool:
    return example["response"]["status"] in statuses


def test_the_body_is_allowed(example: Document, operation: Document, contract: Document) -> None:
    request = example["request"]
    described = operation.get("requestBody", {}).get("content", {})
    if not described:
        assert "body" not in request
        assert "body_file" not in request
        return
    media = described[request["headers"]["Content-Type"]]
    if "body_file" in request:
        assert (V1 / "examples" / request["body_file"]).read_bytes().startswith(b"PK")
        return
    errors = faults(contract, media["schema"], request["body"])
    code = (example["response"]["body"] or {}) if refused(example, 422) else {}
    # What breaks the shape must be refused as malformed; nothing else may break it.
    assert bool(errors) == (isinstance(code, dict) and code.get("code") == "malformed"), errors


def test_the_answer_is_described(
    example: Document, operation: Document, contract: Document
) -> None:
    response = example["response"]
    described = operation["responses"].get(str(response["status"]))
    assert described is not None, "this status is not documented"
    if response["body"] is None:
        assert "content" not in described
        return
    media_type = response["headers"]["content-type"].partition(";")[0]
    assert (media_type == MEDIA_TYPE) == (response["status"] >= 400)
    schema = described["content"][media_type]["schema"]
    assert not faults(closed(contract), schema, response["body"])


def test_headers_are_described(example: Document, operation: Document) -> None:
    response = example["response"]
    described = operation["responses"][str(response["status"])].get("headers", {})
    sent = {name for name in response["headers"] if name != "content-type"}
    assert sent <= {name.lower() for name in described}


def test_the_main_calls_have_examples(operations: dict[str, Document]) -> None:
    texts = {path.stem: path.read_text(encoding="utf-8") for path in EXAMPLES}
    shown = {name for name in operations if any(f'"{name}"' in text for text in texts.values())}
    assert shown >= MAIN_CALLS


def test_no_example_shows_a_secret() -> None:
    for path in EXAMPLES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"asm[dr]?_(?!EXAMPLE)[A-Za-z0-9_-]{20,}", text), path.name


def test_the_checks_can_fail(contract: Document) -> None:
    """Controls: an unknown field, a missing one, a date that is none."""
    schema = {"$ref": "#/components/schemas/StayDeclaration"}
    good = {"arrived_at": "2026-11-20T20:00:00+07:00", "guests": []}
    assert not faults(contract, schema, good)
    assert faults(contract, schema, good | {"roomm": "101"})
    assert faults(contract, schema, {"guests": []})
    assert faults(contract, {"type": "string", "format": "date"}, "20/11/2026")
    amendment = {"$ref": "#/components/schemas/Amend"}
    assert not faults(contract, amendment, {"guest": {"full_name": "A"}})
    assert faults(contract, amendment, {"guest": {"full_name": "A", "nickname": "B"}})
