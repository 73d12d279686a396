"""Where in a contract something stands, and which way it travels."""

from collections.abc import Iterator
from typing import Any

Document = dict[str, Any]
_REF = "#/components/schemas/"


def operations_in(document: Document) -> Iterator[Document]:
    for item in document["paths"].values():
        yield from (o for o in item.values() if isinstance(o, dict) and "operationId" in o)


def schemas(document: Document, direction: str) -> Iterator[Document]:
    """Every schema that is sent, or that is read: the very objects of the document, each once."""
    seen: set[int] = set()
    waiting = list(_roots(document, direction))
    while waiting:
        schema = waiting.pop()
        if "$ref" in schema:
            named = document["components"]["schemas"][schema["$ref"].removeprefix(_REF)]
            if id(named) not in seen:
                waiting.append(named)
            continue
        if id(schema) in seen:
            continue
        seen.add(id(schema))
        yield schema
        waiting += schema.get("properties", {}).values()
        waiting += schema.get("oneOf", [])
        waiting += [schema["items"]] if "items" in schema else []


def _roots(document: Document, direction: str) -> Iterator[Document]:
    for operation in operations_in(document):
        if direction == "sent":
            yield from (each["schema"] for each in operation.get("parameters", []))
            contents = [operation.get("requestBody", {}).get("content", {})]
        else:
            contents = [answer.get("content", {}) for answer in operation["responses"].values()]
        for content in contents:
            yield from (media["schema"] for media in content.values() if "schema" in media)
