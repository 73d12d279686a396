"""What somebody sent who is not signed in any more: nothing was done, and nothing is lost."""

from typing import Any, Final

from litestar.datastructures import UploadFile

from asm.errors import Unauthenticated
from asm.web.page import WebRequest

#: Made anew for the form that sends it again.
_TOKEN: Final = "_csrf_token"  # noqa: S105 -- a field's name
_PASSWORDS: Final = frozenset({"password", "current"})


class SessionEnded(Unauthenticated):
    """A form came without a session. `again`: the fields to send once more; None where they do not
    travel twice: files, and forms that ask for a password.
    """

    def __init__(self, code: str, *, again: list[tuple[str, str]] | None) -> None:
        super().__init__(code)
        self.again = again


async def session_ended(request: WebRequest) -> SessionEnded:
    """The answer to a form, with what was typed into it."""
    return SessionEnded("sign_in_required", again=_again(await request.form()))


def _again(form: Any) -> list[tuple[str, str]] | None:
    fields = [(name, value) for name, value in form.multi_items() if name != _TOKEN]
    if any(name in _PASSWORDS or name.endswith("_password") for name, _ in fields):
        return None
    if any(isinstance(value, UploadFile) and value.filename for _, value in fields):
        return None
    return [(name, value) for name, value in fields if isinstance(value, str)]
