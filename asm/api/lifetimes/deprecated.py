"""Operations that will end: who uses one hears of it in every answer, a year ahead at least.

`Deprecation` (RFC 9745) says since when it should not be used, `Sunset` (RFC 8594) until when it
answers, `Link` where to read what takes its place. The contract marks it, too.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import Any, Final

import msgspec

from asm.headers import Header, raw

#: The promise of mobile_contract/README.md.
LEAST_DAYS: Final = 365


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """Both by Greenwich's midnight. `link`: an address below this server, or a whole one."""

    deprecated_on: date
    ends_on: date
    link: str


#: By operation id. Nothing ends yet.
ENDING: Final[dict[str, Ending]] = {}


def ending_headers(scope: Mapping[str, Any]) -> tuple[tuple[bytes, bytes], ...]:
    """What an answer says of the end of the operation that gave it."""
    operation = getattr(scope.get("route_handler"), "operation_id", None)
    ending = ENDING.get(operation) if isinstance(operation, str) else None
    if ending is None:
        return ()
    since = int(_midnight(ending.deprecated_on).timestamp())
    return (
        (raw(Header.DEPRECATION), b"@%d" % since),
        (raw(Header.SUNSET), format_datetime(_midnight(ending.ends_on), usegmt=True).encode()),
        (raw(Header.LINK), f'<{ending.link}>; rel="deprecation"'.encode()),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
