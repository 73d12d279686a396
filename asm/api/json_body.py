"""JSON bodies as software really sends them: read kindly where there is one meaning only."""

import codecs
import re
from collections.abc import Iterator
from typing import Any, Final

from litestar import Request
from litestar.exceptions import SerializationException
from litestar.serialization import decode_json

from asm.errors import Invalid, field_error
from asm.intake.sheets.file_kinds import kind_of

NUL: Final = "\0"
_NUL_IN_JSON: Final = rb"\u0000"
_PLAIN_NAME: Final = re.compile(r"\w{1,60}", re.ASCII)
#: A day and a time to the minute at least, as ISO 8601 allows and RFC 3339 does not: no seconds, a
#: comma before their fraction, an offset of hours alone.
_MOMENT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(:\d\d)?(?:[.,](\d+))? ?([Zz]|[+-]\d\d(?::?\d\d)?)?"
)
_NUMBER: Final = re.compile(r"\s*[+-]?[0-9]+(?:\.[0-9]*)?(?:[Ee][+-]?[0-9]+)?\s*")
# A year alone, as cards and databases write a day and a month that nobody knows.
_UNKNOWN_DAY: Final = re.compile(r"\s*((?:19|20)[0-9]{2})-00-00\s*")

#: What is sent here instead by mistake, by `kind_of`. Any text may be CSV, so that is not said.
_KINDS: Final = {
    "xml": "XML",
    "xml_foreigners": "XML",
    "xml_excel": "XML",
    "hl7": "HL7",
    "html": "HTML",
    "pdf": "PDF",
    "old_xls": "XLS",
    "protected": "XLSX",
    "zip": "XLSX/ZIP",
}


class JsonRequest(Request[Any, Any, Any]):
    """A request whose JSON may begin with a byte order mark and tell times without seconds."""

    async def json(self) -> Any:
        """The body's value; None for an empty one. Raises Invalid `json_unreadable`, also for what
        is nested deeper than anything that we take.
        """
        body = (await self.body()).removeprefix(codecs.BOM_UTF8)
        try:
            value = decode_json(body or b"null")
            if _NUL_IN_JSON in body and (errors := list(_nul(value, ""))):
                raise Invalid("malformed", errors=errors)
            return _with_whole_moments(value)
        # The last: brackets within brackets, thousands deep.
        except (SerializationException, UnicodeDecodeError, RecursionError) as error:
            raise _not_json(body) from error


def _not_json(body: bytes) -> Invalid:
    """Says what the body is instead, where that is plain."""
    kind = None if body.lstrip().startswith((b"{", b"[")) else _KINDS.get(kind_of(body) or "zip")
    if kind is None:
        return Invalid("json_unreadable", errors=[field_error("", "json_unreadable")])
    error = field_error("", "json_unreadable", text="json_unreadable.kind", kind=kind)
    return Invalid("json_unreadable", text="json_unreadable.kind", errors=[error], kind=kind)


def _nul(value: Any, pointer: str) -> Iterator[dict[str, Any]]:
    """Where NUL stands, which no name or word has and PostgreSQL does not keep."""
    if isinstance(value, str) and NUL in value:
        yield field_error(pointer, "wrong_type", text="shape.nul")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _nul(item, f"{pointer}/{number}")
    elif isinstance(value, dict):
        for name, item in value.items():
            shown = name if _PLAIN_NAME.fullmatch(name) else "?"
            yield from _nul(item, f"{pointer}/{shown}")
            if NUL in name:
                yield field_error(f"{pointer}/?", "wrong_type", text="shape.nul")


def _with_whole_moments(value: Any) -> Any:
    """The times of `value`, which stand in fields that end in `_at`, as RFC 3339 writes them."""
    if isinstance(value, list):
        return [_with_whole_moments(item) for item in value]
    if not isinstance(value, dict):
        return value
    fields = {
        name: _whole_moment(item) if name.endswith("_at") else _with_whole_moments(item)
        for name, item in value.items()
    }
    if year := _UNKNOWN_DAY.fullmatch(str(fields.get("birth_date", ""))):
        fields |= {"birth_date": f"{year[1]}-01-01", "birth_date_precision": "year"}
    return fields


def _whole_moment(text: Any) -> Any:
    # A number would be taken for seconds since 1970; whose clock it counts, it does not say.
    if isinstance(text, int | float) or (isinstance(text, str) and _NUMBER.fullmatch(text)):
        return f"@{text}"
    if not isinstance(text, str):
        return _with_whole_moments(text)
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        return text
    day, minutes, seconds, fraction, offset = match.groups()
    # Microseconds are what the database keeps; more digits are cut, never carried into a new day.
    fraction = f".{fraction[:6]}" if fraction else ""
    offset = offset or ""
    return f"{day}T{minutes}{seconds or ':00'}{fraction}{offset}{':00' if len(offset) == 3 else ''}"
