"""What the level above types of a new officer: the one place where a login is chosen."""

import re
from typing import Any, Final

from asm.accounts.typed.typed_line import is_readable, typed_errors
from asm.accounts.typed_login import as_login
from asm.errors import field_error

_LOGIN: Final = re.compile(r"[^\s\x00-\x1f\x7f]{3,64}")
LONGEST_NAME: Final = 100


def check_names(login: str, display_name: str) -> list[dict[str, Any]]:
    """What is wrong with a login and a name, by field."""
    errors = []
    # Software has logins of its own that begin so.
    name = as_login(login)
    if not _LOGIN.fullmatch(name) or not is_readable(login) or name.startswith("sw-"):
        errors.append(field_error("/login", "login_form"))
    return errors + typed_errors(
        "/display_name", display_name, "display_name_form", least=1, most=LONGEST_NAME
    )
