"""Headers that programs read as they stand."""

from email.headerregistry import HeaderRegistry, UnstructuredHeader
from email.policy import SMTP, EmailPolicy
from typing import Any, Final


class _AsItStands(UnstructuredHeader):
    """One line, whatever its length: the library folds a long address as an encoded word, and then
    no program finds it. RFC 5322 (2.1.1) lets a line be 998 characters long.
    """

    def fold(self: Any, *, policy: EmailPolicy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS: Final = HeaderRegistry()
for _name in ("list-unsubscribe", "list-unsubscribe-post", "message-id"):
    _HEADERS.map_to_type(_name, _AsItStands)  # type: ignore[arg-type]
#: How mails of ASM are written.
MAIL: Final = SMTP.clone(header_factory=_HEADERS)
