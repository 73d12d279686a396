"""Reads the variables that were given, and says of each that cannot be used what is wrong.

Empty means not set. What a value is never stands in a message: it may be secret.
"""

import re
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from asm.errors import ConfigurationError
from asm.locales.texts import both
from asm.variables.database_query import wrong_query
from asm.variables.dated_days import DatedDays, read_dated_days
from asm.variables.native_clients import NativeClient, read_native_clients
from asm.variables.table import VARIABLES
from asm.variables.variable import FILE_ENDING
from asm.variables.whole_number import HIGHEST_PORT, whole_number

_YES: Final = frozenset({"1", "true", "yes", "on"})
_NO: Final = frozenset({"0", "false", "no", "off"})
_QUOTES: Final = ('"', "'")
_HOST: Final = re.compile(r"(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_MAILBOX: Final = re.compile(r"[^\s@:]+@[^\s@]+")
_SENDER: Final = re.compile(r"[^\s@]+@[^\s@]+|[^@]*<[^\s@]+@[^\s@]+>")


class VariablesInvalid(ConfigurationError):  # noqa: N818 -- as the refusals: what is wrong, by name
    """Variables hold what cannot be used. `wrong`: name → what is wrong and needed, in Vietnamese
    and English.
    """

    def __init__(self, wrong: Mapping[str, tuple[str, str]]) -> None:
        super().__init__(" ".join(f"{name}: {en}" for name, (_, en) in wrong.items()))
        self.wrong = wrong
        self.message = " ".join(f"{name}: {vi}" for name, (vi, _) in wrong.items())


class GivenVariables:
    """The variables of one process. Each is asked for by its own name, which the table knows; what
    cannot be used is kept for `refuse_wrong`, and read as if it were not set.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._wrong: dict[str, tuple[str, str]] = {}

    def refuse_wrong(self) -> None:
        """Raise VariablesInvalid, which names everything that cannot be used at once."""
        if self._wrong:
            raise VariablesInvalid(self._wrong)

    def is_set(self, name: str) -> bool:
        """Whether there is a value of its own, usable or not."""
        return bool(self._given(name))

    def text(self, name: str) -> str:
        """The value, or the default; of a file where `NAME_FILE` names one."""
        value, file = self._given(name), ""
        if VARIABLES[name].from_file:
            file = self._environ.get(name + FILE_ENDING, "").strip()
        if file:
            value = self._of_file(name, file, beside=value)
        if value and value[0] in _QUOTES and value[0] == value[-1]:
            self.note(name, *both("settings", "wrong.quotes"))
            value = ""
        return value or VARIABLES[name].default

    def path(self, name: str, default: Path | None = None) -> Path:
        """The value as a path."""
        return Path(self.text(name) or default or "")

    def number(self, name: str, most: int) -> int:
        """A whole number from 1 to `most`; 0 when it is not set and has no default."""
        text = self.text(name)
        if not text:
            return 0
        number = whole_number(text, most)
        if number:
            return number
        self.note(name, *both("settings", "wrong.number", {"most": most}))
        return int(VARIABLES[name].default or 0)

    def dated_days(self, name: str) -> tuple[DatedDays, ...]:
        """Days that hold from a date on (`asm.variables.dated_days`)."""
        try:
            return read_dated_days(self.text(name))
        except ValueError:
            self.note(name, *both("settings", "wrong.dated_days"))
            return ()

    def native_clients(self, name: str) -> tuple[NativeClient, ...]:
        """Apps that may sign phones in (`asm.variables.native_clients`)."""
        try:
            return read_native_clients(self.text(name))
        except ValueError:
            self.note(name, *both("settings", "wrong.native_clients"))
            return ()

    def port(self, name: str) -> int:
        """The number of a port; 0 when it is not set and has no default."""
        return self.number(name, HIGHEST_PORT)

    def flag(self, name: str) -> bool:
        """Yes or no."""
        text = self.text(name).lower()
        if text not in _YES | _NO:
            self.note(name, *both("settings", "wrong.flag"))
        return text not in _NO

    def entries(self, name: str) -> tuple[str, ...]:
        """What stands between commas or spaces."""
        return tuple(self.text(name).replace(",", " ").split())

    def hosts(self, name: str) -> tuple[str, ...]:
        """Names of hosts, which may begin with `*.`."""
        hosts = self.entries(name)
        if all(_HOST.fullmatch(host) for host in hosts):
            return hosts
        self.note(name, *both("settings", "wrong.hosts"))
        return ()

    def networks(self, name: str) -> tuple[str, ...]:
        """Addresses and networks."""
        try:
            return tuple(str(ip_network(network)) for network in self.entries(name))
        except ValueError:
            self.note(name, *both("settings", "wrong.networks"))
            return ()

    def address(self, name: str, *schemes: str) -> str:
        """An address of one of `schemes`; a driver may hang on it, as in `postgresql+asyncpg`."""
        text, variable = self.text(name), VARIABLES[name]
        parts = _split(text)
        if not text or (parts is not None and parts.scheme.split("+")[0] in schemes):
            return text
        begins = ", ".join(f"{scheme}://" for scheme in schemes)
        facts = {"schemes": begins, "example": variable.example}
        if variable.secret:
            self.note(name, *both("settings", "wrong.address_with_password", facts))
        else:
            self.note(name, *both("settings", "wrong.address", facts))
        return ""

    def database(self, name: str) -> str:
        """An address of PostgreSQL that both of its drivers here read alike."""
        address = self.address(name, "postgresql", "postgres")
        wrong = wrong_query(address)
        if wrong is None:
            return address
        self.note(name, *wrong)
        return ""

    def mailbox(self, name: str, *, named: bool = False) -> str:
        """An address for mails; `named`: a name may stand before it, as in `ASM <a@b.vn>`."""
        text = self.text(name)
        if not text or (_SENDER if named else _MAILBOX).fullmatch(text):
            return text
        self.note(name, *both("settings", "wrong.mailbox", {"example": VARIABLES[name].example}))
        return ""

    def note(self, name: str, vi: str, en: str) -> None:
        """Keep what is wrong with a variable; the first that was found of it is told."""
        self._wrong.setdefault(name, (vi, en))

    def _given(self, name: str) -> str:
        return self._environ.get(name, "").strip()

    def _of_file(self, name: str, file: str, *, beside: str) -> str:
        if beside:
            self.note(name, *both("settings", "wrong.twice", {"file": name + FILE_ENDING}))
            return ""
        try:
            value = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            value = ""
        if not value:
            self.note(name + FILE_ENDING, *both("settings", "wrong.file"))
        return value


def given_text(name: str, environ: Mapping[str, str]) -> str:
    """The value of one variable, also by its file; empty when not set. Raises VariablesInvalid."""
    given = GivenVariables(environ)
    value = given.text(name)
    given.refuse_wrong()
    return value


def _split(address: str) -> SplitResult | None:
    """The parts of an address whose host and port can be read."""
    try:
        parts = urlsplit(address)
        if (
            "://" not in address or parts.port == 0 or parts.fragment
        ):  # an unquoted # in a password cuts the rest off
            return None
    except ValueError:
        return None
    return parts
