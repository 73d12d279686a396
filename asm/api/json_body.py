"""JSON bodies as software really sends them: read kindly where there is one meaning only."""

import codecs
import re
from typing import Any, Final

from litestar import Request
from litestar.exceptions import SerializationException
from litestar.serialization import decode_json

from asm.errors import Invalid, field_error

#: A day and a time to the minute at least, as ISO 8601 allows and RFC 3339 does not: no seconds, a
#: comma before their fraction, an offset of hours alone.
_MOMENT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(:\d\d)?(?:[.,](\d+))? ?([Zz]|[+-]\d\d(?::?\d\d)?)?"
)


class JsonRequest(Request[Any, Any, Any]):
    """A request whose JSON may begin with a byte order mark and tell times without seconds."""

    async def json(self) -> Any:
        """The body's value; None for an empty one. Raises Invalid `json_unreadable`."""
        body = (await self.body()).removeprefix(codecs.BOM_UTF8)
        try:
            value = decode_json(body or b"null")
        except (SerializationException, UnicodeDecodeError) as error:
            raise Invalid("json_unreadable", errors=[field_error("", "json_unreadable")]) from error
        return _with_whole_moments(value)


def _with_whole_moments(value: Any) -> Any:
    """The times of `value`, which stand in fields that end in `_at`, as RFC 3339 writes them."""
    if isinstance(value, list):
        return [_with_whole_moments(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _whole_moment(item)
        if isinstance(item, str) and name.endswith("_at")
        else _with_whole_moments(item)
        for name, item in value.items()
    }


def _whole_moment(text: str) -> str:
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        return text
    day, minutes, seconds, fraction, offset = match.groups()
    # Microseconds are what the database keeps; more digits are cut, never carried into a new day.
    fraction = f".{fraction[:6]}" if fraction else ""
    offset = offset or ""
    return f"{day}T{minutes}{seconds or ':00'}{fraction}{offset}{':00' if len(offset) == 3 else ''}"
