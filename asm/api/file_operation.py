"""What of an operation is no JSON, for the contract: files that are taken and given as they are.

In OpenAPI 3.1 a body of bytes needs no schema, but generators of clients crash without one or leave
the body out. `format: binary` says to them what `contentMediaType` says to the standard.
"""

from dataclasses import dataclass
from typing import ClassVar, Final

from litestar.openapi.spec import (
    OpenAPIFormat,
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    RequestBody,
    Schema,
)

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SVG: Final = "image/svg+xml"
#: What a file is, is seen in the file; it may be called this by a client that does not look.
ANY_BYTES: Final = "application/octet-stream"


@dataclass
class FileOperation(Operation):
    """An operation whose body (`takes`) or answer of 200 (`gives`) is a file of these media types.
    The handler reads and answers bytes; no parameter tells that.
    """

    takes: ClassVar[tuple[str, ...]] = ()
    gives: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if self.takes:
            content = _content((*self.takes, ANY_BYTES))
            self.request_body = RequestBody(content=content, required=True)
        answer = (self.responses or {}).get("200")
        if self.gives and isinstance(answer, OpenAPIResponse):
            answer.content = _content(self.gives)


@dataclass
class SvgOperation(FileOperation):
    """A picture of lines, such as a QR."""

    gives = (SVG,)


def _content(kinds: tuple[str, ...]) -> dict[str, OpenAPIMediaType]:
    return {kind: OpenAPIMediaType(schema=_bytes_of(kind)) for kind in kinds}


def _bytes_of(kind: str) -> Schema:
    return Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY, content_media_type=kind)
