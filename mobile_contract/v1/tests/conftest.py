"""The committed contract, and the parts of it that tests ask for."""

import json
from pathlib import Path
from typing import Any

import pytest

V1 = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((V1 / "examples").glob("*.json"))


@pytest.fixture(scope="session")
def contract() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((V1 / "openapi.json").read_text(encoding="utf-8"))
    return read


@pytest.fixture(scope="session")
def operations(contract: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Operations by id, each with its `path` and `method`."""
    return {
        operation["operationId"]: {**operation, "path": path, "method": method.upper()}
        for path, item in contract["paths"].items()
        for method, operation in item.items()
    }


@pytest.fixture(params=EXAMPLES, ids=lambda path: path.stem)
def example(request: pytest.FixtureRequest) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(request.param.read_text(encoding="utf-8"))
    return read
