"""Settings files as systemd, Docker and python-dotenv read them alike: `NAME=value`, no quotes."""

import errno
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import unquote, urlsplit

import msgspec
from dotenv import dotenv_values

from asm.errors import Conflict, Invalid, field_error
from asm.install.steps.folders import Folders, give, note_unstarted

#: Up to the last @: what somebody wrote by hand may hold signs that it should not.
_PASSWORD: Final = re.compile(r"(://[^:/@]*:).*@")
#: Of PostgreSQL and Redis: their drivers take settings of the connection behind it.
_WITH_SETTINGS: Final = re.compile(r"(?:postgres(?:ql)?(?:\+\w+)?|rediss?)://")
#: More than any file of answers or passwords has; a device never ends.
MOST_BYTES: Final = 1 << 16


class LineDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a file that says something else than the answers; passwords are left out."""

    file: str
    name: str
    there: str
    wanted: str


def read_env(path: Path) -> dict[str, str]:
    """What the file says; nothing where there is none. Raises Conflict where it is no text."""
    if not path.exists():
        return {}
    try:
        values = dotenv_values(path, interpolate=False, encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Conflict("install_file_no_text", file=path) from error
    return {name: value or "" for name, value in values.items()}


def differences(path: Path, wanted: Mapping[str, str]) -> list[LineDifference]:
    """Lines of an earlier run, or that somebody wrote by hand, which are not what is wanted."""
    there = read_env(path)
    return [
        LineDifference(
            file=path.name,
            name=name,
            there=_PASSWORD.sub(r"\1…@", there[name]),
            wanted=_PASSWORD.sub(r"\1…@", _with_settings(there[name], value)),
        )
        for name, value in wanted.items()
        if name in there and not same_value(there[name], value)
    ]


def same_value(there: str, wanted: str) -> bool:
    """Whether two lines say the same; the password of an address may be escaped in several ways,
    and what somebody put behind the `?` of a server's (`sslmode`) is no answer, and stays.
    """
    if "?" not in wanted and _WITH_SETTINGS.match(there):
        there = there.partition("?")[0]
    return there == wanted or ("://" in there and _read_address(there) == _read_address(wanted))


def _with_settings(there: str, wanted: str) -> str:
    """`wanted` with what stands behind the `?` of the line that it replaces: a new password must
    not end TLS unnoticed. Only servers named there make way for the one that was answered.
    """
    if "?" in wanted or not (_WITH_SETTINGS.match(there) and _WITH_SETTINGS.match(wanted)):
        return wanted
    settings = there.rpartition("@")[2].partition("?")[2].split("&")  # no sign of the password
    kept = [each for each in settings if each.partition("=")[0] not in {"", "host", "port"}]
    return f"{wanted}?{'&'.join(kept)}" if kept else wanted


def _read_address(value: str) -> tuple[object, ...] | str:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return value
    sign_in = (unquote(parts.username or ""), unquote(parts.password or ""))
    return (parts.scheme, *sign_in, parts.hostname, port, parts.path, parts.query, parts.fragment)


def lacks(path: Path, wanted: Mapping[str, str]) -> bool:
    """Whether the file is not there, or without one of the lines."""
    return not path.exists() or not wanted.keys() <= read_env(path).keys()


def write_env(
    path: Path, wanted: Mapping[str, str], where: Folders, *, mode: int, replace: bool
) -> None:
    """Add the lines that are not there; change those that differ only if `replace`. Comments and
    lines of others stay as they are. Whole or not at all.
    """
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    there = read_env(path)
    kept = []
    for line in lines:
        name = line.partition("=")[0].strip()
        changes = replace and name in wanted and not same_value(there[name], wanted[name])
        kept.append(f"{name}={_with_settings(there[name], wanted[name])}" if changes else line)
    kept += [f"{name}={value}" for name, value in wanted.items() if name not in there]
    text = "".join(f"{line}\n" for line in kept)
    if path.exists() and text == path.read_text(encoding="utf-8"):
        give(path, where, mode=mode)
    else:
        write_whole(path, text, where, mode=mode)


def write_whole(path: Path, text: str, where: Folders, *, mode: int) -> None:
    """Write a file with its mode and owner; whoever is stopped half-way leaves the former one.
    Raises Conflict where it cannot be written.
    """
    partial = path.with_name(f".{path.name}.new")
    try:
        note_unstarted(path, where)
        partial.unlink(missing_ok=True)
        _write_and_sync(partial, text)
        give(partial, where, mode=mode)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        reason = error.strerror or type(error).__name__
        raise Conflict("install_file_unwritable", file=path, reason=reason) from error


def _write_and_sync(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def is_there(file: str, pointer: str) -> bool:
    """Whether there is such a file. Raises Invalid at the answer `pointer` where that is not to be
    known.
    """
    try:
        return Path(file).exists()
    except OSError as error:
        raise refused_file(file, pointer, error) from error


def first_line(file: str, pointer: str) -> str:
    """The first line of a file, nothing without one. Raises Invalid at the answer `pointer`."""
    if not file:
        return ""
    try:
        text = read_short(Path(file)).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise refused_file(file, pointer, error) from error
    return text.partition("\n")[0].strip("\r")


def read_short(file: Path) -> bytes:
    """What it holds, or no more than shows that it is not what was meant. Raises OSError."""
    with file.open("rb") as opened:
        return read_short_stream(opened)


def read_short_stream(opened: BinaryIO) -> bytes:
    """As `read_short`, of what is open already."""
    content = opened.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return content


def refused_file(file: str, pointer: str, error: OSError | UnicodeDecodeError) -> Invalid:
    """Says which file, and why it cannot be read."""
    if isinstance(error, UnicodeDecodeError):
        wrong = field_error(pointer, "install_file_no_text", file=file)
    else:
        reason = error.strerror or type(error).__name__
        wrong = field_error(pointer, "install_file_unreadable", file=file, reason=reason)
    return Invalid("install_answers", errors=[wrong])
