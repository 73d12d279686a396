"""JSON bodies as software really sends them: read kindly where there is one meaning only."""

import codecs
import re
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from litestar.exceptions import SerializationException
from litestar.serialization import decode_json

from asm.api.bodies.whole_body import WholeRequest
from asm.errors import Invalid, field_error
from asm.intake.sheets.cell_dates import read_year_alone
from asm.intake.sheets.file_kinds import kind_of

NUL: Final = "\0"
_NUL_IN_JSON: Final = rb"\u0000"
PLAIN_NAME: Final = re.compile(r"\w{1,60}", re.ASCII)
#: A day and a time to the minute at least, as ISO 8601 allows and RFC 3339 does not: no seconds, a
#: comma before their fraction, an offset of hours alone.
_MOMENT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(:\d\d)?(?:[.,](\d+))? ?([Zz]|[+-]\d\d(?::?\d\d)?)?"
)
_NUMBER: Final = re.compile(r"\s*[+-]?[0-9]+(?:\.[0-9]*)?(?:[Ee][+-]?[0-9]+)?\s*")
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SEPARATORS: Final = (b",", b";", b"\t")

#: What is sent here instead by mistake, by `kind_of`.
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


class JsonRequest(WholeRequest):
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
    if kind is not None:
        error = field_error("", "json_unreadable", text="json_unreadable.kind", kind=kind)
        return Invalid("json_unreadable", text="json_unreadable.kind", errors=[error], kind=kind)
    if _is_utf16(body):
        error = field_error("", "json_unreadable", text="json_unreadable.utf16")
        return Invalid("json_unreadable", text="json_unreadable.utf16", errors=[error])
    if kind_of(body) == "csv" and _looks_like_table(body):
        error = field_error("", "json_unreadable", text="json_unreadable.csv")
        return Invalid("json_unreadable", text="json_unreadable.csv", errors=[error])
    return Invalid("json_unreadable", errors=[field_error("", "json_unreadable")])


def _looks_like_table(body: bytes) -> bool:
    """Several separators in a line, or two lines with the same, as programs save tables. Any text
    may be CSV, so that less is not called so.
    """
    first, second, *_ = [*body.splitlines(), b"", b""]
    counts = [(first.count(sign), second.count(sign)) for sign in _SEPARATORS]
    return any(of_first > 1 or 0 < of_first == of_second for of_first, of_second in counts)


def _is_utf16(body: bytes) -> bool:
    """With its mark, or JSON without: every other byte of its brackets is empty."""
    return body.startswith(_UTF16) or body[:2] in {b"{\0", b"[\0", b"\0{", b"\0["}


def _nul(value: Any, pointer: str) -> Iterator[dict[str, Any]]:
    """Where NUL stands, which no name or word has and PostgreSQL does not keep."""
    if isinstance(value, str) and NUL in value:
        yield field_error(pointer, "wrong_type", text="shape.nul")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _nul(item, f"{pointer}/{number}")
    elif isinstance(value, dict):
        for name, item in value.items():
            shown = name if PLAIN_NAME.fullmatch(name) else "?"
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
    # One reading of a year alone for all doors; a year to come is refused by a rule.
    if year := read_year_alone(str(fields.get("birth_date", "")), today=date.max):
        fields |= {"birth_date": year.isoformat(), "birth_date_precision": "year"}
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
