"""The contract is what the code makes, is valid, and keeps its own promises."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from litestar.handlers import HTTPRouteHandler
from openapi_spec_validator import OpenAPIV31SpecValidator

from asm.api.contract import VERSION, needs_no_token, published
from asm.api.contract import operations as operations_of
from asm.api.problems import MEDIA_TYPE, documented, unavailable
from asm.api.routes import PUBLIC, SIGNED_IN
from asm.errors import Refusal
from asm.stays.receipts.not_taken import outcome_unknown
from mobile_contract.generate import COMMAND, DERIVED, PROJECT, contract

# Calls that need no token. Making one public is a decision, not an accident.
PUBLIC_OPERATIONS = {
    "issueToken", "listProvinces", "listWards", "wardAt", "listFacilityKinds", "listDocumentTypes",
    "listReasons", "listRules", "listReceiptKeys", "verifyReceipt", "wardHistory", "mapOldUnit",
    "issueClientToken", "revokeDevice", "signUp", "figureDefinitions",
}  # fmt: skip
#: A gate has a secret of its own, which is no account's token.
GATES = {"sendGateCounts"}
#: Their refusals are those of RFC 6749.
STANDARD = {"issueClientToken", "revokeDevice"}
Operations = dict[str, dict[str, Any]]


@pytest.mark.parametrize("path", DERIVED, ids=str)
def test_derived_files_are_up_to_date(path: Any) -> None:
    """Drift: the code says something else than the committed file."""
    committed = (PROJECT / path).read_text(encoding="utf-8")
    assert committed == DERIVED[path](PROJECT), f"{path} is out of date: run `{COMMAND}`"


def test_generating_is_deterministic() -> None:
    """Whatever the order in which Python keeps its sets."""
    code = (
        "import sys; from mobile_contract.generate import contract_text as t; sys.stdout.write(t())"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=PROJECT,
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1


def test_openapi_is_valid(contract: dict[str, Any]) -> None:
    assert contract["openapi"].startswith("3.1")
    assert not list(OpenAPIV31SpecValidator(contract).iter_errors())  # type: ignore[arg-type]


def test_version_1_only(contract: dict[str, Any]) -> None:
    assert contract["info"]["version"].split(".")[0] == "1"
    assert all(path.startswith("/api/v1/") for path in contract["paths"])


def test_the_contract_and_its_changelog_say_one_version(contract: dict[str, Any]) -> None:
    changelog = (PROJECT / "mobile_contract/CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\S+)", changelog, re.MULTILINE)
    assert newest is not None
    assert contract["info"]["version"] == VERSION == newest[1]


def test_operation_ids_are_unique_and_camel_case(contract: dict[str, Any]) -> None:
    ids = [operation["operationId"] for operation in operations_of(contract)]
    assert len(ids) == len(set(ids))
    assert not [name for name in ids if not re.fullmatch(r"[a-z][a-zA-Z0-9]*", name)]


def test_every_operation_says_what_it_does(contract: dict[str, Any]) -> None:
    for operation in operations_of(contract):
        assert operation["summary"]
        assert operation["description"]


def test_all_but_the_public_list_need_a_token(operations: Operations) -> None:
    public = {name for name, operation in operations.items() if needs_no_token(operation)}
    assert public == PUBLIC_OPERATIONS
    for name in operations.keys() - public - GATES:
        assert operations[name]["security"] == [
            {"clientCredentials": ["declare"]}, {"dpop": []}, {"bearer": []},
        ]  # fmt: skip
    for name in GATES:
        assert operations[name]["security"] == [{"bearer": []}]


def test_the_public_list_is_the_one_in_the_code(operations: Operations) -> None:
    assert {handler.operation_id for handler in PUBLIC} == PUBLIC_OPERATIONS | GATES
    assert {handler.operation_id for handler in [*PUBLIC, *SIGNED_IN]} == operations.keys()


def test_refusals_are_problems(operations: Operations) -> None:
    for name, operation in operations.items():
        answers = operation["responses"]
        assert "default" in answers, name
        if name in STANDARD:
            continue
        assert "401" in answers or name in PUBLIC_OPERATIONS, name
        for status, answer in answers.items():
            refusal = status == "default" or status >= "400"
            assert not refusal or set(answer["content"]) == {MEDIA_TYPE}, (name, status)


def test_what_a_status_means_is_said_by_its_refusals(operations: Operations) -> None:
    """The kind's meaning alone, or with each refusal's code and sentence behind it."""
    meanings = {str(kind.status): kind.meaning for kind in Refusal.__subclasses__()}
    for name in operations.keys() - STANDARD:
        operation = operations[name]
        for status in operation["responses"].keys() & meanings.keys():
            said = operation["responses"][status]["description"]
            if status == "422" and said == "A parameter or the body is not in the expected form":
                continue
            assert said.startswith(meanings[status]), (name, status)
            assert status != "503" or unavailable().message_en.rstrip(".") in said, name


def test_nothing_was_stored_is_not_said_where_that_is_not_known(operations: Operations) -> None:
    gathered = {
        handler.operation_id
        for handler in SIGNED_IN
        if "declare_stays" in handler.fn.__annotations__
    }
    doubtful = {
        name
        for name, operation in operations.items()
        if "`outcome_unknown`" in operation["responses"].get("503", {}).get("description", "")
    }
    # Marking a workbook is a dry run: it never commits.
    assert doubtful == gathered - {"markWorkbook"} == {"declareStay", "importWorkbook", "sendBatch"}
    for name, operation in operations.items():
        for answer in operation["responses"].values():
            assert "nothing was stored" not in answer["description"].lower(), name


def test_a_503_is_described_by_its_refusals_alone() -> None:
    described = documented(401, outcome_unknown(), unavailable())
    assert outcome_unknown().message_en.rstrip(".") in str(described[503].description)
    with pytest.raises(KeyError):
        documented(503)


def test_a_key_may_be_replayed_wherever_it_is_taken(operations: Operations) -> None:
    for name, operation in operations.items():
        takes = any(p["name"] == "Idempotency-Key" for p in operation.get("parameters", []))
        replays = [
            status
            for status, answer in operation["responses"].items()
            if "Idempotency-Replayed" in answer.get("headers", {})
        ]
        assert takes == bool(replays), name
        assert set(replays) <= {"200", "201", "204"}, name


def nodes(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from nodes(value)
    elif isinstance(node, list):
        for value in node:
            yield from nodes(value)


def test_inputs_are_closed(contract: dict[str, Any], operations: Operations) -> None:
    schemas = contract["components"]["schemas"]

    def open_inputs(node: object) -> Iterator[object]:
        for child in nodes(node):
            target = schemas[child["$ref"].rpartition("/")[2]] if "$ref" in child else child
            is_object = "properties" in target or target.get("type") == "object"
            closed = target.get("additionalProperties") is False
            if is_object and not closed and child.get("unevaluatedProperties") is not False:
                yield child
            if "$ref" in child:
                yield from open_inputs(target.get("properties", {}))

    # The standard has unknown fields ignored (section 3.2).
    for name in operations.keys() - STANDARD:
        operation = operations[name]
        for media in operation.get("requestBody", {}).get("content", {}).values():
            assert not list(open_inputs(media.get("schema", {}))), name


TAKING_JSON = [handler for handler in [*PUBLIC, *SIGNED_IN] if "data" in handler.fn.__annotations__]


@pytest.mark.parametrize("handler", TAKING_JSON, ids=lambda handler: handler.operation_id)
def test_the_code_refuses_what_the_contract_closes(handler: HTTPRouteHandler) -> None:
    """`JSONBody[…]` of a struct that forbids unknown fields, all the way down."""
    waiting = [handler.fn.__annotations__["data"].__args__[0]]
    seen: set[type] = set()
    while waiting:
        kind = waiting.pop()
        for struct in structs_in(msgspec.inspect.type_info(kind)):
            if struct.cls not in seen:
                seen.add(struct.cls)
                assert struct.forbid_unknown_fields, struct.cls
                waiting.extend(field.type for field in msgspec.structs.fields(struct.cls))
    assert seen


def structs_in(info: Any) -> Iterator[Any]:
    if isinstance(info, msgspec.inspect.StructType):
        yield info
    for part in getattr(info, "types", ()):
        yield from structs_in(part)
    if hasattr(info, "item_type"):
        yield from structs_in(info.item_type)


def test_patterns_are_portable(contract: dict[str, Any]) -> None:
    """`\\d` also means digits of other scripts in some engines."""
    patterns = [node["pattern"] for node in nodes(contract) if isinstance(node.get("pattern"), str)]
    assert patterns
    assert not [pattern for pattern in patterns if re.search(r"\\[dwsbDWSB]", pattern)]


def test_no_header_of_ours_leaks_in(contract: dict[str, Any]) -> None:
    named = {
        name
        for operation in operations_of(contract)
        for answer in operation["responses"].values()
        for name in answer.get("headers", {})
    }
    assert named == {
        "ETag", "Idempotency-Replayed", "Retry-After", "WWW-Authenticate", "cache-control",
    }  # fmt: skip
    sent = {
        parameter["name"]
        for operation in operations_of(contract)
        for parameter in operation.get("parameters", [])
        if parameter["in"] in {"header", "cookie"}
    }
    assert sent == {"ASM-Device-Time", "Idempotency-Key", "If-Match"}


def test_nothing_is_described_that_nobody_uses(contract: dict[str, Any]) -> None:
    used = {node["$ref"].rpartition("/")[2] for node in nodes(contract) if "$ref" in node}
    assert used == contract["components"]["schemas"].keys()


def test_publishing_leaves_its_source_alone() -> None:
    document = contract()
    before = json.dumps(document)
    published(document)
    assert json.dumps(document) == before
