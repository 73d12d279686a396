"""What is wrong with the shape of a request, said in both languages: field, fault and remedy.

The words of the decoder are English, and repeat what was sent, which may be somebody's name.
"""

import re
from typing import Any, Final

from litestar.exceptions import ValidationException

from asm.errors import field_error

#: The decoder's words for types, as JSON and the contract call them.
_TYPES: Final = {
    "str": "string", "int": "integer", "float": "number", "bool": "boolean",
    "date": "date (YYYY-MM-DD)", "datetime": "date-time (RFC 3339)", "uuid": "UUID",
}  # fmt: skip
_POINTED: Final = re.compile(r"Object (contains unknown|missing required) field `([^`]{1,100})`")
_EXPECTED: Final = re.compile(r"Expected `([^`]+)`, got `([^`]+)`")
_LIMIT: Final = re.compile(r"Expected `[^`]+` ((?:of length )?(?:>=|<=|>|<) -?[0-9.]+)")


def shape_errors(error: ValidationException) -> list[dict[str, Any]]:
    """An entry of `errors` for each thing that the decoder found."""
    extra: Any = error.extra or []
    items = extra if isinstance(extra, list) else [extra]
    faults = [item for item in items if isinstance(item, dict)] or [{"message": error.detail}]
    return [
        _error(_pointer(str(item.get("key", ""))), str(item.get("message", ""))) for item in faults
    ]


def shape_error(message: str) -> dict[str, Any]:
    """The same of what msgspec itself says, which ends in `at `$.guests[0].room``."""
    text, _, path = message.partition(" - at `$")
    return _error(_pointer(path.rstrip("`").removeprefix(".")), text)


def _error(pointer: str, message: str) -> dict[str, Any]:
    if named := _POINTED.search(message):
        at = f"{pointer}/{named[2]}"
        if named[1] == "contains unknown":
            return field_error(at, "unknown_field", text="shape.unknown_field", name=named[2])
        return field_error(at, "missing_field", text="shape.missing_field", name=named[2])
    if types := _EXPECTED.match(message):
        wanted, got = (_in_json(each) for each in types.groups())
        return field_error(pointer, "wrong_type", text="shape.type", wanted=wanted, got=got)
    if limit := _LIMIT.match(message):
        return field_error(pointer, "wrong_type", text="shape.limit", limit=limit[1])
    return _invalid(pointer, message)


def _invalid(pointer: str, message: str) -> dict[str, Any]:
    if message.startswith("Invalid RFC3339 encoded date"):
        return _no_date(pointer, message)
    if message.startswith("Invalid enum value"):
        return field_error(pointer, "wrong_type", text="shape.not_listed")
    if message.startswith("Invalid UUID"):
        return field_error(pointer, "wrong_type", text="shape.uuid")
    if message == "'data'":  # no body at all is told as the missing argument
        return field_error(pointer, "wrong_type", text="shape.no_body")
    return field_error(pointer, "wrong_type", text="shape.other")


def _no_date(pointer: str, message: str) -> dict[str, Any]:
    if message.startswith("Invalid RFC3339 encoded datetime"):
        return field_error(pointer, "wrong_type", text="shape.time")
    if pointer.endswith("/birth_date"):
        return field_error(pointer, "wrong_type", text="shape.birth_date")
    return field_error(pointer, "wrong_type", text="shape.date")


def _in_json(types: str) -> str:
    """`str | null` as `string | null`."""
    return " | ".join(_TYPES.get(each, each) for each in types.split(" | "))


def _pointer(key: str) -> str:
    """Litestar's `guests[0].room` as a JSON pointer; it calls the whole body `data`."""
    if key in {"", "data"}:
        return ""
    return "/" + re.sub(r"\[([0-9]+)\]", r"/\1", key).replace(".", "/")
