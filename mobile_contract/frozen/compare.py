"""Whether a contract keeps what a released one promised (the table of mobile_contract/README.md).

    python -m mobile_contract.frozen.compare OLD.json NEW.json

Prints each break and ends with 1 where there is one. Texts, examples and new things that nobody
must send are no breaks.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from mobile_contract.frozen.shapes import Document, Shapes

_METHODS: Final = ("get", "put", "post", "delete", "patch")


def breaks(old: Document, new: Document) -> list[str]:
    """What a client of `old` would stumble over at a server of `new`; empty: nothing."""
    shapes = Shapes(old, new)
    before, after = _operations(old), _operations(new)
    said: list[str] = []
    for name, (address, operation) in before.items():
        if name not in after:
            said.append(f"{name}: is gone")
            continue
        if after[name][0] != address:
            said.append(f"{name}: stands at another address")
        said += _of_operation(shapes, name, operation, after[name][1])
    said += _security(old, new)
    return said


def _operations(document: Document) -> dict[str, tuple[str, Document]]:
    return {
        operation["operationId"]: (f"{method} {path}", operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in _METHODS
    }


def _of_operation(shapes: Shapes, name: str, old: Document, new: Document) -> Iterator[str]:
    yield from _parameters(shapes, name, old, new)
    yield from _body(shapes, name, old.get("requestBody"), new.get("requestBody"))
    for status, answer in old["responses"].items():
        if status not in new["responses"]:
            yield f"{name}: {status} is gone"
            continue
        now = new["responses"][status]
        for header in answer.get("headers", {}).keys() - now.get("headers", {}).keys():
            yield f"{name} {status}: header {header} is gone"
        yield from _headers(shapes, f"{name} {status}", answer, now)
        yield from _media(shapes, f"{name} {status}", answer, now, "read")
    for status in new["responses"].keys() - old["responses"].keys():
        if status.startswith("2"):
            yield f"{name}: {status} is an answer that nobody expects"
    ways = {json.dumps(way, sort_keys=True) for way in old.get("security", [])}
    now = {json.dumps(way, sort_keys=True) for way in new.get("security", [])}
    if ways - now or (not ways and now):
        yield f"{name}: who may call it is another matter"


def _headers(shapes: Shapes, at: str, old: Document, new: Document) -> Iterator[str]:
    before, after = old.get("headers", {}), new.get("headers", {})
    for header in before.keys() & after.keys():
        was, now = before[header].get("schema", {}), after[header].get("schema", {})
        yield from shapes.breaks(f"{at} {header}", was, now, "read")


def _parameters(shapes: Shapes, name: str, old: Document, new: Document) -> Iterator[str]:
    before, after = _by_position(old), _by_position(new)
    for key in before.keys() - after.keys():
        yield f"{name}: parameter {key} is gone"
    for key, parameter in after.items():
        must = parameter.get("required", False)
        if must and not before.get(key, {}).get("required", False):
            yield f"{name}: parameter {key} must be sent"
        if key in before:
            at = f"{name} {key}"
            yield from shapes.breaks(at, before[key]["schema"], parameter["schema"], "sent")
            if any(before[key].get(how) != parameter.get(how) for how in ("style", "explode")):
                yield f"{at}: is written in another way"


def _by_position(operation: Document) -> dict[str, Document]:
    return {f"{each['in']}:{each['name']}": each for each in operation.get("parameters", [])}


def _body(shapes: Shapes, name: str, old: Any, new: Any) -> Iterator[str]:
    if old is None:
        if new is not None and new.get("required"):
            yield f"{name}: a body must be sent"
        return
    if new is None:
        yield f"{name}: takes no body any more"
        return
    if new.get("required") and not old.get("required"):
        yield f"{name}: a body must be sent"
    yield from _media(shapes, f"{name} body", old, new, "sent")


def _media(shapes: Shapes, at: str, old: Document, new: Document, direction: Any) -> Iterator[str]:
    before, after = old.get("content", {}), new.get("content", {})
    for kind, content in before.items():
        if kind not in after:
            yield f"{at}: {kind} is gone"
        elif "schema" in content:
            schema = after[kind].get("schema", {})
            yield from shapes.breaks(at, content["schema"], schema, direction)
    if direction == "read":
        for kind in after.keys() - before.keys():
            yield f"{at}: {kind} is an answer that nobody expects"


def _security(old: Document, new: Document) -> Iterator[str]:
    before = old["components"].get("securitySchemes", {})
    after = new["components"].get("securitySchemes", {})
    for name, scheme in before.items():
        now = after.get(name)
        if now is None or _plain(now) != _plain(scheme):
            yield f"{name}: is another way to sign in"


def _plain(scheme: Document) -> Document:
    return {name: value for name, value in scheme.items() if name != "description"}


def main() -> int:
    """Of two files."""
    old, new = (json.loads(Path(name).read_text("utf-8")) for name in sys.argv[1:3])
    said = breaks(old, new)
    print(*said, sep="\n")  # noqa: T201 -- what the command is for
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
