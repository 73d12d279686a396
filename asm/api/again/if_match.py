"""Which version a change is about: `ETag` and `If-Match` (RFC 9110, section 13.1.1)."""

import base64
import hashlib
import re
from typing import Annotated, Final

import msgspec
from litestar.params import HeaderParameter

from asm.errors import Invalid, MustMatch, Outdated, field_error
from asm.headers import Header

IfMatch = Annotated[
    str | None,
    HeaderParameter(
        name=Header.IF_MATCH,
        required=False,
        description="The `ETag` of what was seen: whatever stands otherwise by now is left as it "
        "is (412). `*` is anything.",
    ),
]
_STAY: Final = re.compile(r'"([1-9][0-9]{0,8})"')
_BYTES: Final = 12


def etag_of_version(version: int) -> str:
    """The tag of a version of a stay."""
    return f'"{version}"'


def version_of(if_match: str | None) -> int | None:
    """The version of a stay that a tag names; None where any will do. Raises Invalid
    `if_match_malformed`.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    match = _STAY.fullmatch(if_match.strip())
    if match is None:
        pointer = f"/headers/{Header.IF_MATCH}"
        raise Invalid("if_match_malformed", errors=[field_error(pointer, "if_match_malformed")])
    return int(match[1])


def etag_of(value: object) -> str:
    """The tag of something that has no version of its own: of all that it says."""
    digest = hashlib.sha256(msgspec.json.encode(value, order="deterministic")).digest()
    return f'"{base64.urlsafe_b64encode(digest[:_BYTES]).decode()}"'


def require_match(if_match: str | None, value: object) -> None:
    """Let on who saw `value` as it stands. Raises MustMatch `if_match_missing`, Outdated
    `changed_meanwhile`.
    """
    if if_match is None:
        raise MustMatch("if_match_missing")
    if if_match.strip() not in {"*", etag_of(value)}:
        raise Outdated("changed_meanwhile")
