"""Make a backup: one consistent moment of the database, whole or not at all.

1. A login that sees every row, and a pg_dump that understands the server.
2. Tables that nobody changes meanwhile, one snapshot: what pg_dump writes and what is counted is
   the same moment. Declarations go on.
3. The manifest, last; then the folder gets its name.
"""

import os
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import Connection, text

from asm import __version__
from asm.errors import ConfigurationError
from asm.identity.vault.keys import VAULT_FILE, KeyFiles, read_keys
from asm.install.backup.key_folder import begin_folder, fingerprints, finish_folder
from asm.install.backup.look import (
    LOCK_WAIT_MS,
    database_facts,
    keep_statement,
    require_schema,
    require_sight,
    roles_of,
    rows_of,
    schema_of,
    tables_kept,
    wait_briefly,
    wrapped_keys,
)
from asm.install.backup.manifest import DUMP, FORMAT, Manifest, stored_file, write_manifest
from asm.install.backup.programs import find_program
from asm.install.backup.seal import seal
from asm.install.backup.server import Server

_SNAPSHOT: Final = text("SELECT pg_catalog.pg_export_snapshot()")
_MOMENT: Final = text("SELECT pg_catalog.transaction_timestamp()")
#: No dump has it: what comes back elsewhere has no backup there.
_LEFT_OUT: Final = "--exclude-table-data=public.last_backup"
_NOT_FOR_EVER: Final = f"--lock-wait-timeout={LOCK_WAIT_MS}"


class BackupMade(msgspec.Struct, frozen=True, kw_only=True):
    """What was made; `bytes` of the dump, `taken_at` the moment that it holds, on the database's
    clock. Without its keys at hand it is not `sealed`.
    """

    folder: str
    taken_at: datetime
    schema: str
    tables: int
    rows: int
    bytes: int
    seconds: float
    sealed: bool


def make_backup(server: Server, folder: Path, secrets_dir: Path) -> BackupMade:
    """Write a backup into `folder`, which must not be there yet.

    Raises Conflict where it would not be whole, and then leaves nothing that looks like one.
    """
    begun = time.monotonic()
    with server.connected() as connection:
        login = require_sight(connection)
        require_schema(connection, server.database)
        wait_briefly(connection)
        pg_dump = find_program("pg_dump", major=login.major)
        partial = begin_folder(folder)
        try:
            keep = keep_statement(connection)
            connection.commit()
            moment = connection.execution_options(isolation_level="REPEATABLE READ")
            with tables_kept(moment, keep, login.login):
                taken_at: datetime = moment.execute(_MOMENT).scalar_one()
                rows = _dump(server, moment, pg_dump, partial / DUMP)
                manifest = _manifest(moment, partial, rows, secrets_dir, begun)
            write_manifest(partial, manifest)
            finish_folder(partial, folder)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    return BackupMade(
        folder=str(folder.resolve()),
        taken_at=taken_at,
        schema=manifest.schema,
        tables=len(rows),
        rows=sum(rows.values()),
        bytes=manifest.files[DUMP].bytes,
        seconds=manifest.seconds,
        sealed=bool(manifest.seal),
    )


def _dump(server: Server, moment: Connection, pg_dump: Path, target: Path) -> dict[str, int]:
    snapshot = moment.execute(_SNAPSHOT).scalar_one()
    # It writes where we point it: who runs the server may not enter a folder of root's.
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        server.run(
            pg_dump,
            *(
                "--format=custom",
                f"--snapshot={snapshot}",
                "--no-password",
                _LEFT_OUT,
                _NOT_FOR_EVER,
            ),
            stdout=file,
        )
    return rows_of(moment)


def _manifest(
    moment: Connection, partial: Path, rows: dict[str, int], secrets_dir: Path, begun: float
) -> Manifest:
    roles, memberships = roles_of(moment)
    schema, postgis = schema_of(moment)
    keys = _keys_at_hand(secrets_dir)
    vault_keys = sorted({row.kek_id for row in wrapped_keys(moment)})
    known = {} if keys is None else fingerprints(keys)
    manifest = Manifest(
        format=FORMAT,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        asm=__version__,
        schema=schema,
        postgresql=require_sight(moment).version,
        postgis=postgis,
        database=database_facts(moment),
        roles=roles,
        memberships=memberships,
        rows=rows,
        # The files' where they are on this machine; of the vault, what the database itself names.
        keys=known | ({VAULT_FILE: vault_keys} if vault_keys else {}),
        files={DUMP: stored_file(partial / DUMP)},
        seconds=round(time.monotonic() - begun, 1),
    )
    return seal(manifest, keys, vault_keys)


def _keys_at_hand(secrets_dir: Path) -> KeyFiles | None:
    try:
        return read_keys(secrets_dir)
    except ConfigurationError:
        return None
