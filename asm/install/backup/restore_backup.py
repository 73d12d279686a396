"""Restore a backup on a fresh server: roles first, then all or nothing.

1. The folder is whole and as it was written; the keys are those of the backup, and prove it.
2. A superuser, programs of the right version, a database that is empty or not there. Up to here
   nothing was changed.
3. Roles, database, then the dump in one transaction: the first error takes everything back.
4. Every table has as many rows as were counted, and the vault opens. Until then the database is
   marked: what was broken off between is not taken for whole.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import Connection, text

from asm import __version__
from asm.db.revisions import known_revisions
from asm.errors import Conflict
from asm.identity.vault.keys import KeyFiles, read_keys
from asm.install.backup.key_folder import (
    SECRETS,
    keys_to_put_back,
    put_keys_back,
    require_opening,
    require_same_keys,
)
from asm.install.backup.look import anything_there, kind_of, login_of, rows_of, wrapped_keys
from asm.install.backup.manifest import DUMP, Manifest, read_manifest, require_intact
from asm.install.backup.programs import find_program
from asm.install.backup.roles import (
    database_is_there,
    give_rights,
    is_unfinished,
    let_in,
    make_database,
    make_roles,
    mark_unfinished,
    require_same_database,
    require_same_roles,
)
from asm.install.backup.seal import require_seal
from asm.install.backup.server import Server

MAINTENANCE: Final = "postgres"
_ANALYZE: Final = text("ANALYZE")


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What came back. `kind` is `real` or `demo`; `closed_logins` cannot sign in with what the
    settings have; `keys` are the files that were put where the processes look for them.
    """

    database: str
    made_at: str
    kind: str
    schema: str
    tables: int
    rows: int
    vault_keys: int
    roles_made: list[str]
    closed_logins: list[str]
    keys: list[str]
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Source:
    """What to restore from. The keys are those of `key_folder`, where there is one. `unsealed`: who
    restores it vouches for a backup that has no seal.
    """

    folder: Path
    manifest: Manifest
    key_folder: Path | None
    unsealed: bool


def require_usable(folder: Path) -> Manifest:
    """The manifest of a backup that is whole, unchanged, and not of a newer program than this. A
    newer schema alone is none: after an upgrade was taken back, this program runs with it, and
    makes the backups.
    """
    manifest = read_manifest(folder)
    if manifest.schema > max(known_revisions()) and _is_newer(manifest.asm):
        raise Conflict("backup_of_newer_asm", version=manifest.asm)
    require_intact(folder, manifest.files)
    return manifest


def _is_newer(version: str) -> bool:
    """Whether that is a newer version of ASM than this; what is no version is."""
    return not version[:1].isdecimal() or _numbers(version) > _numbers(__version__)


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def restore_backup(
    server: Server,
    source: Source,
    *,
    secrets_dir: Path,
    passwords: Mapping[str, str],
    say: Callable[[str], None],
) -> Restored:
    """Bring a backup into the database of `server`. `passwords` is login → password, for logins
    that are made now. Keys go to `secrets_dir` when it is sure that they belong here. Raises
    Conflict, and then the database holds nothing of it.
    """
    begun = time.monotonic()
    manifest, key_folder = source.manifest, source.key_folder
    wanting = [] if key_folder is None else keys_to_put_back(key_folder, secrets_dir)
    keys = read_keys(secrets_dir if key_folder is None else key_folder / SECRETS)
    require_same_keys(keys, manifest.keys)
    require_seal(manifest, keys, unsealed=source.unsealed)
    with server.connected(MAINTENANCE) as connection:
        pg_restore = _require_fit(connection, server, manifest)
        if key_folder is not None:
            put_keys_back(key_folder, secrets_dir, wanting)
        say("roles and database")
        new_roles = make_roles(connection, manifest)
        make_database(connection, manifest.database, server.database)
        closed = let_in(connection, manifest, passwords)
        mark_unfinished(connection, server.database, unfinished=True)
    say(f"{sum(manifest.rows.values())} rows")
    with (source.folder / DUMP).open("rb") as dump:
        server.run(
            pg_restore,
            *("--exit-on-error", "--single-transaction", "--no-password"),
            f"--dbname={server.database}",
            stdin=dump,
        )
    opened, kind = _finish(server, manifest, keys)
    return Restored(
        database=server.database,
        made_at=manifest.made_at,
        kind=kind,
        schema=manifest.schema,
        tables=len(manifest.rows),
        rows=sum(manifest.rows.values()),
        vault_keys=opened,
        roles_made=new_roles,
        closed_logins=closed,
        keys=wanting,
        seconds=round(time.monotonic() - begun, 1),
    )


def _finish(server: Server, manifest: Manifest, keys: KeyFiles) -> tuple[int, str]:
    """Rights, and the comparison of what came with what was counted; how many of the vault's keys
    open, and the installation's kind. The mark of what is unfinished goes last.
    """
    with server.connected() as connection:
        give_rights(connection, manifest.database)
        _require_same_rows(connection, manifest)
        opened = require_opening(keys, wrapped_keys(connection))
        kind = kind_of(connection)
        connection.execute(_ANALYZE)
        mark_unfinished(connection, server.database, unfinished=False)
    return opened, kind


def _require_fit(connection: Connection, server: Server, manifest: Manifest) -> Path:
    """The program to restore with, where it may be done. Nothing was changed before."""
    login = login_of(connection)
    if not login.superuser:
        raise Conflict("restore_no_superuser", login=login.login)
    if login.major < manifest.major:
        raise Conflict("restore_server_old", found=login.major, needed=manifest.major)
    require_same_roles(connection, manifest)
    if database_is_there(connection, server.database):
        with server.connected() as inside:
            there = anything_there(inside)
        if there is not None and is_unfinished(connection, server.database):
            raise Conflict("restore_broken_off", database=server.database)
        if there is not None:
            raise Conflict("restore_not_empty", database=server.database, table=there)
        require_same_database(connection, manifest.database, server.database)
    return find_program("pg_restore", major=login.major)


def _require_same_rows(connection: Connection, manifest: Manifest) -> None:
    rows = rows_of(connection)
    names = rows.keys() | manifest.rows.keys()
    others = sorted(name for name in names if rows.get(name) != manifest.rows.get(name))
    if others:
        raise Conflict("restore_rows_differ", tables=", ".join(others))
