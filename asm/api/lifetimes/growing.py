"""Values that answers may come to hold: a client that was built today must read them.

A closed list in an answer makes generated clients throw away the whole page for the sake of one
value that they do not know. What is sent keeps its list: there it says what is taken.
"""

from typing import Any, Final

Schema = dict[str, Any]

#: Lists that law or logic closes: a value more would be another contract.
CLOSED: Final = frozenset({"sex", "birth_date_precision", "severity"})
MAY_GROW: Final = "More may come"


def open_values(schema: Schema) -> None:
    """Name the values of an answer's fields in their descriptions instead of closing the lists."""
    for name, value in schema.get("properties", {}).items():
        if name not in CLOSED:
            _open(value)


def _open(value: Schema) -> None:
    if isinstance(value.get("items"), dict):
        _open(value["items"])
    known = value.pop("enum", None)
    if known is None:
        return
    named = ", ".join(f"`{each}`" for each in known if each is not None)
    said = [value.get("description", "").rstrip("."), f"{named}. {MAY_GROW}"]
    value["description"] = ". ".join(filter(None, said))
