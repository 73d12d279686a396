"""What an installation is told: by questions on a terminal, or by a file for automation."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from importlib.resources import files
from typing import Any, Final
from urllib.parse import quote

import msgspec

from asm.errors import Invalid, field_error

#: Names in PostgreSQL that need no quoting anywhere.
PLAIN_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,40}")
#: No part of a line of text.
_NO_SIGN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_HERE: Final = frozenset({"", "localhost", "127.0.0.1", "::1"})
#: No answer is a number beyond.
_MOST: Final = 1 << 31
#: Ports of Redis-compatible servers: our own, beside one of the system's, and anybody's.
OWN_REDIS_PORT: Final = 6380
REDIS_PORT: Final = 6379


class WebAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """Where the web process listens, and who stands in front of it. An empty certificate: Debian's
    stand-in.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    nginx: bool = True
    trusted_proxies: str = ""
    certificate: str = ""
    certificate_key: str = ""


class DatabaseAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """Where PostgreSQL is. `superuser`: the user of this machine whom it obeys."""

    host: str = ""
    port: int = 5432
    name: str = "asm"
    owner: str = "asm_admin"
    superuser: str = "postgres"

    @property
    def is_here(self) -> bool:
        """Whether it runs on this machine."""
        return self.host in _HERE

    def url(self, login: str, password: str) -> str:
        """The address for a login; the password may be anybody's."""
        host = self.host or "127.0.0.1"
        host = f"[{host}]" if ":" in host else host
        secret = quote(password, safe="")
        return f"postgresql://{login}:{secret}@{host}:{self.port}/{self.name}"


class RedisAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """An empty host: a server of our own on this machine. Port 0: the usual one."""

    host: str = ""
    port: int = 0
    tls: bool = False
    password_file: str = ""

    @property
    def is_own(self) -> bool:
        """Whether the installation runs its own."""
        return not self.host

    @property
    def host_and_port(self) -> tuple[str, int]:
        """Host and port."""
        return self.host or "127.0.0.1", self.port or (
            OWN_REDIS_PORT if self.is_own else REDIS_PORT
        )


class MailAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """An empty address: no mails."""

    url: str = ""
    sender: str = ""
    password_file: str = ""


class AdministratorAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """The first administrator. The password is never an answer: a file's first line, or typed."""

    login: str = ""
    name: str = ""
    password_file: str = ""


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """All of them."""

    public_url: str = ""
    web: WebAnswers = WebAnswers()
    database: DatabaseAnswers = DatabaseAnswers()
    redis: RedisAnswers = RedisAnswers()
    mail: MailAnswers = MailAnswers()
    administrator: AdministratorAnswers = AdministratorAnswers()


def answers_template() -> str:
    """A file to fill in: every answer with its default and what it means."""
    return (files(__package__) / "answers.toml").read_text(encoding="utf-8")


def read_answers(toml: str, known: Answers) -> Answers:
    """The answers of a file over what is `known` from an earlier run. Raises Invalid that names
    each key that there is not, with the nearest, and each value of a wrong kind.
    """
    try:
        given = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        raise Invalid("install_answers_not_toml", reason=str(error)) from error
    except RecursionError as error:
        raise Invalid("install_answers_not_toml", reason="nested too deep") from error
    except ValueError as error:  # of Python's `int`
        raise Invalid("install_answers_not_toml", reason="a number is too long") from error
    errors = _unknown(given, Answers, "")
    if errors:
        raise Invalid("install_answers", errors=errors)
    answers: Answers = _over(known, given, "")
    return answers


def check_signs(answers: Answers) -> list[dict[str, Any]]:
    """No text holds a sign that is none: a line break, NUL, half of a letter that was typed in
    another encoding. Nothing else is looked at before.
    """
    return [
        field_error(pointer, "install_control_sign")
        for pointer, text in _texts(answers, "")
        if _NO_SIGN.search(text)
    ]


def _texts(part: msgspec.Struct, pointer: str) -> Iterator[tuple[str, str]]:
    for name in part.__struct_fields__:
        value, at = getattr(part, name), f"{pointer}/{name}"
        if isinstance(value, msgspec.Struct):
            yield from _texts(value, at)
        elif isinstance(value, str):
            yield at, value


def _over(known: Any, given: Mapping[str, Any], pointer: str) -> Any:
    changes: dict[str, Any] = {}
    for field in msgspec.structs.fields(known):
        if field.name not in given:
            continue
        value, at = given[field.name], f"{pointer}/{field.name}"
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            changes[field.name] = _over(getattr(known, field.name), value, at)
            continue
        try:
            changed = msgspec.convert(value, field.type)
        except msgspec.ValidationError as error:
            raise _wrong_kind(at, field.type) from error
        # In other bases a number may have any length, and then is not even shown.
        if isinstance(changed, int) and abs(changed) > _MOST:
            raise _wrong_kind(at, field.type)
        changes[field.name] = changed.strip() if isinstance(changed, str) else changed
    return msgspec.structs.replace(known, **changes)


def _unknown(
    given: Mapping[str, Any], shape: type[msgspec.Struct], pointer: str
) -> list[dict[str, Any]]:
    fields = {field.name: field.type for field in msgspec.structs.fields(shape)}
    errors = []
    for name, value in given.items():
        at = f"{pointer}/{name}"
        if name not in fields:
            nearest = get_close_matches(name, fields, n=1, cutoff=0.0)[0]
            errors.append(
                field_error(
                    at, "install_answer_unknown", name=name, nearest=nearest, all=", ".join(fields)
                )
            )
        elif isinstance(fields[name], type) and issubclass(fields[name], msgspec.Struct):
            if isinstance(value, dict):
                errors += _unknown(value, fields[name], at)
            else:
                errors.append(field_error(at, "install_answer_no_table", name=name))
    return errors


def _wrong_kind(pointer: str, kind: object) -> Invalid:
    if kind is int:
        error = field_error(pointer, "install_answer_number")
    elif kind is bool:
        error = field_error(pointer, "install_answer_yes_no")
    else:
        error = field_error(pointer, "install_answer_text")
    return Invalid("install_answers", errors=[error])
