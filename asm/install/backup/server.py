"""The PostgreSQL server that is backed up or restored to, as somebody who sees every row.

Row-level security holds for the owner of the tables, too: what the owner dumps is not all. So root
goes in as the superuser, through the socket of this machine and without a password; elsewhere
ASM_BACKUP_DATABASE_URL names a login.
"""

import ctypes
import os
import pwd
import signal
import stat
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo
from sqlalchemy import Connection, NullPool, create_engine
from sqlalchemy.exc import DBAPIError

from asm.errors import ConfigurationError, Conflict, Unavailable
from asm.settings import plain_url

VARIABLE: Final = "ASM_BACKUP_DATABASE_URL"
ADMIN: Final = "ASM_ADMIN_DATABASE_URL"
#: Where PostgreSQL of Debian puts the socket.
SOCKETS: Final = "/run/postgresql"
#: Where its own make does, and everybody else may: only a socket of our own user is ours there.
OPEN_TO_ALL: Final = "/tmp"  # noqa: S108 -- a socket's place, nothing is written
_LIBC: Final = ctypes.CDLL(None)
_PDEATHSIG: Final = 1
HERE: Final = frozenset({"", "localhost", "127.0.0.1", "::1"})
DATABASE: Final = "asm"
#: What a dump waits for it waits for in vain when the server ends its transaction meanwhile.
_PATIENT: Final = "-c idle_in_transaction_session_timeout=0 -c statement_timeout=0"
#: What an owner of the database has put into `public` must not come before PostgreSQL's own: a
#: function for the very types of a call would run as the superuser.
_OWN_NAMES: Final = "-c search_path=pg_catalog"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """How to get in. `address` has libpq's keywords; `os_user` is who to be meanwhile."""

    address: Mapping[str, str] = field(repr=False)
    os_user: pwd.struct_passwd | None = None

    @property
    def database(self) -> str:
        """The name of the database."""
        return self.address["dbname"]

    @contextmanager
    def connected(self, database: str | None = None) -> Iterator[Connection]:
        """A connection to `database` (default: ours), each statement a transaction of its own.

        Raises Unavailable when there is no way in, and says what can be done.
        """
        given = {
            **self.address,
            "options": f"{_PATIENT} {_OWN_NAMES}",
            "application_name": "asm-backup",
        }
        given["dbname"] = database or self.database

        def connect() -> psycopg.Connection:
            with _acting_as(self.os_user):
                return psycopg.connect("", **given)  # type: ignore[arg-type]

        engine = create_engine(
            "postgresql+psycopg://",
            creator=connect,
            poolclass=NullPool,
            hide_parameters=True,
            isolation_level="AUTOCOMMIT",
        )
        try:
            opened = engine.connect()
        except DBAPIError as error:
            raise self._no_way_in(error) from error
        with opened:
            yield opened

    def run(
        self,
        program: Path,
        *arguments: str,
        stdin: IO[bytes] | int = subprocess.DEVNULL,
        stdout: IO[bytes] | int = subprocess.DEVNULL,
    ) -> None:
        """Run one of PostgreSQL's own programs to its end. Raises Conflict with what it said.

        Where it goes and with which password stands in its environment, never in its arguments,
        which everybody on the machine can read.
        """
        done = subprocess.run(  # noqa: S603 -- a program of PostgreSQL's, arguments of our own
            [str(program), *arguments],
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            env=self._environment(),
            user=None if self.os_user is None else self.os_user.pw_uid,
            group=None if self.os_user is None else self.os_user.pw_gid,
            extra_groups=None if self.os_user is None else [],
            cwd="/",
            check=False,
            # After the user was changed, which would take it away again.
            preexec_fn=_end_with_us,
        )
        said = done.stderr.decode("utf-8", "replace").strip()
        if done.returncode == 0:
            return
        if "No space left" in said:
            raise Conflict("backup_disk_full", program=program.name)
        reason = said or f"exit {done.returncode}"
        raise Conflict("backup_program_failed", program=program.name, reason=reason)

    def _environment(self) -> dict[str, str]:
        names = {
            option.keyword.decode(): option.envvar.decode()
            for option in Conninfo.get_defaults()
            if option.envvar
        }
        kept = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
        address = {names[key]: value for key, value in self.address.items() if key in names}
        return {**kept, **address, "PGOPTIONS": _PATIENT}

    def _no_way_in(self, error: DBAPIError) -> Unavailable | Conflict:
        text = str(error)
        if "does not exist" in text and "database" in text:
            return Conflict("backup_database_unknown", database=self.database)
        return Unavailable("backup_no_way_in", variable=VARIABLE)


def _end_with_us() -> None:
    """Linux ends the program when this process ends, killed or not: what is broken off must not go
    on unseen, and commit.
    """
    _LIBC.prctl(_PDEATHSIG, signal.SIGTERM)


def find_server(backup_url: str, admin_url: str, environ: Mapping[str, str]) -> Server:
    """Who and where: ASM_BACKUP_DATABASE_URL; else the superuser on this machine, where the
    database of ASM_ADMIN_DATABASE_URL is; else that address itself. `environ` may name PostgreSQL's
    socket as its own programs have it named.
    """
    if backup_url:
        return server_at(backup_url, VARIABLE)
    parts = urlsplit(admin_url)
    database = unquote(parts.path.strip("/")) or DATABASE
    port = str(parts.port or environ.get("PGPORT", "") or 5432)
    if (parts.hostname or "") in HERE:
        for folder in _socket_folders(environ.get("PGHOST", "")):
            server = _through(Path(folder), port, database)
            if server is not None:
                return server
    if not admin_url:
        raise Unavailable("backup_no_way_in", variable=VARIABLE)
    return server_at(admin_url, ADMIN)


def server_at(url: str, variable: str) -> Server:
    """The server at the address that `variable` holds, as its login. Raises Conflict for none."""
    return Server(address={"dbname": DATABASE, **_keywords(url, variable)})


def _socket_folders(named: str) -> tuple[str, ...]:
    if named.startswith("/"):
        return (named,)
    return (SOCKETS,) if os.geteuid() == 0 else (SOCKETS, OPEN_TO_ALL)


def _through(folder: Path, port: str, database: str) -> Server | None:
    """Through the socket in `folder`, as who runs the server: the one that it trusts by name. Root
    goes only where nobody else could have put it; raises Conflict where somebody could.
    """
    socket = folder / f".s.PGSQL.{port}"
    try:
        runs = pwd.getpwuid(socket.lstat().st_uid)
    except (FileNotFoundError, NotADirectoryError, KeyError):
        return None
    address = {"host": str(folder), "port": port, "user": runs.pw_name, "dbname": database}
    if os.geteuid() == runs.pw_uid:
        return Server(address=address)
    if os.geteuid() != 0:
        return None
    if not _closed_to_others(folder, runs):
        raise Conflict("backup_socket_open", folder=folder, variable=VARIABLE)
    return Server(address=address, os_user=runs)


def _closed_to_others(folder: Path, runs: pwd.struct_passwd) -> bool:
    """Whether only root and who runs the server may put something into `folder`, or move it."""
    whole = folder.resolve()
    for path in (whole, *whole.parents):
        status = path.stat()
        movable = path == whole or not status.st_mode & stat.S_ISVTX
        by_group = status.st_mode & stat.S_IWGRP and status.st_gid not in {0, runs.pw_gid}
        if status.st_uid not in {0, runs.pw_uid}:
            return False
        if movable and (by_group or status.st_mode & stat.S_IWOTH):
            return False
    return True


def _keywords(url: str, variable: str) -> dict[str, str]:
    try:
        return {key: str(value) for key, value in conninfo_to_dict(plain_url(url)).items()}
    except (psycopg.ProgrammingError, ConfigurationError) as error:
        raise Conflict("backup_address", variable=variable) from error


@contextmanager
def _acting_as(user: pwd.struct_passwd | None) -> Iterator[None]:
    """Be `user` for the moment of the block: the server asks the socket who is at its other end."""
    if user is None:
        yield
        return
    os.setegid(user.pw_gid)
    os.seteuid(user.pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
