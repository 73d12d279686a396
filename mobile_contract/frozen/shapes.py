"""Whether what was sent is still taken, and what is answered still understood: one schema against
another. `direction` is that of the old clients: what they send (`sent`) may be taken more kindly,
what they read (`read`) may say less that is new.
"""

from collections.abc import Iterator
from typing import Any, Final, Literal

Document = dict[str, Any]
Direction = Literal["sent", "read"]
_REF: Final = "#/components/schemas/"
#: A bound that grows takes more, and one that shrinks.
_UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LOWER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
#: The last line are words that the contract does without: whichever comes binds what is sent.
_SAME: Final = (
    "format", "pattern", "const", "default", "contentMediaType", "contentEncoding", "multipleOf",
    "uniqueItems", "not", "allOf", "anyOf", "if", "prefixItems", "contains", "propertyNames",
)  # fmt: skip
_MISSING: Final = object()


class Shapes:
    """Two documents; each pair of named schemas is looked at once for a direction."""

    def __init__(self, old: Document, new: Document) -> None:
        self._old, self._new = old, new
        self._seen: set[tuple[str, str, str]] = set()

    def breaks(self, at: str, old: Any, new: Any, direction: Direction) -> Iterator[str]:
        """Each thing that old clients would stumble over, with where it is."""
        names = (str(old.get("$ref", "")), str(new.get("$ref", "")), direction)
        if any(names[:2]):
            if names in self._seen:
                return
            self._seen.add(names)
            at = names[0].removeprefix(_REF) or at
        before, after = _resolved(self._old, old), _resolved(self._new, new)
        yield from _values(at, before, after, direction)
        yield from _bounds(at, before, after, direction)
        yield from _fields(at, before, after, direction)
        yield from self._within(at, before, after, direction)

    def _within(self, at: str, old: Document, new: Document, direction: Direction) -> Iterator[str]:
        for name, schema in old.get("properties", {}).items():
            if name in new.get("properties", {}):
                yield from self.breaks(f"{at}.{name}", schema, new["properties"][name], direction)
        if "items" in old and "items" in new:
            yield from self.breaks(f"{at}[]", old["items"], new["items"], direction)
        yield from self._choices(at, old, new, direction)

    def _choices(
        self, at: str, old: Document, new: Document, direction: Direction
    ) -> Iterator[str]:
        before, after = _by_name(old.get("oneOf", [])), _by_name(new.get("oneOf", []))
        lost, gained = before.keys() - after.keys(), after.keys() - before.keys()
        if before and direction == "sent" and lost:
            yield f"{at}: takes no {', '.join(sorted(lost))} any more"
        if before and direction == "read" and gained:
            yield f"{at}: may be {', '.join(sorted(gained))}, which nobody expects"
        for name in before.keys() & after.keys():
            yield from self.breaks(at, before[name], after[name], direction)
        yield from _discriminator(at, old.get("discriminator"), new.get("discriminator"))


def _discriminator(at: str, old: Document | None, new: Document | None) -> Iterator[str]:
    """Choices go on being told apart by the same field, by the same values."""
    if old is None:
        return
    field, mapped = (new or {}).get("propertyName"), (new or {}).get("mapping", {})
    if field != old["propertyName"] or not old.get("mapping", {}).items() <= mapped.items():
        yield f"{at}: its choices are told apart in another way"


def _resolved(document: Document, schema: Document) -> Document:
    if "$ref" not in schema:
        return schema
    named: Document = document["components"]["schemas"][schema["$ref"].removeprefix(_REF)]
    return {**named, **{name: value for name, value in schema.items() if name != "$ref"}}


def _by_name(choices: list[Document]) -> dict[str, Document]:
    return {str(each.get("$ref") or each.get("type") or each): each for each in choices}


def _types(schema: Document) -> set[str] | None:
    kind = schema.get("type")
    if kind is None:
        return None
    return {kind} if isinstance(kind, str) else set(kind)


def _values(at: str, old: Document, new: Document, direction: Direction) -> Iterator[str]:
    yield from _kinds(at, old, new, direction)
    before, after = old.get("enum"), new.get("enum")
    if direction == "sent" and after is not None and (before is None or set(before) - set(after)):
        yield f"{at}: takes fewer values"
    if direction == "read" and before is not None and (after is None or set(after) - set(before)):
        yield f"{at}: has values that nobody expects"
    for name in _SAME:
        if old.get(name, _MISSING) != new.get(name, _MISSING):
            yield f"{at}: {name} is another one"


def _kinds(at: str, old: Document, new: Document, direction: Direction) -> Iterator[str]:
    before, after = _types(old), _types(new)
    # Integers are numbers: who reads numbers reads them, who sends them may.
    wide = {"integer"} if "number" in ((after if direction == "sent" else before) or ()) else set()
    if direction == "sent" and after is not None:
        if before is None or before - after - wide:
            yield f"{at}: is of another type"
    elif direction == "read" and before is not None and (after is None or after - before - wide):
        yield f"{at}: is of another type, or null"


def _bounds(at: str, old: Document, new: Document, direction: Direction) -> Iterator[str]:
    for names, sign in ((_UPPER, 1), (_LOWER, -1)):
        for name in names:
            before = sign * old[name] if name in old else float("inf")
            after = sign * new[name] if name in new else float("inf")
            if (after < before) if direction == "sent" else (after > before):
                yield f"{at}: {name} is another one"


def _fields(at: str, old: Document, new: Document, direction: Direction) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    for name in before.keys() - after.keys():
        yield f"{at}.{name}: is gone"
    must_before, must_after = set(old.get("required", [])), set(new.get("required", []))
    if direction == "sent":
        for name in must_after - must_before:
            yield f"{at}.{name}: must be sent"
        for name in ("additionalProperties", "unevaluatedProperties"):
            if new.get(name) is False and old.get(name) is not False:
                yield f"{at}: refuses what it does not know"
    else:
        for name in must_before & before.keys() - must_after:
            yield f"{at}.{name}: may be absent"
