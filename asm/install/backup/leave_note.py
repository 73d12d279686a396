"""Leave the note of a backup that is whole, with no more rights than that takes.

Never as the superuser who came in through the socket: what an owner of tables hangs on one of them
would run with his rights. Where the address of ASM_ADMIN_DATABASE_URL is a superuser's (a database
of docker compose) it is written only where nothing hangs on the table. Acting as the owner would
not do: a trigger may give the role back.
"""

from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from asm.audit.last_backup import note_backup
from asm.db.statements import read_statements
from asm.errors import Refusal
from asm.install.backup.look import login_of, wait_briefly
from asm.install.backup.make_backup import BackupMade
from asm.install.backup.server import ADMIN, VARIABLE, Server, server_at
from asm.settings import Settings

_SQL: Final = read_statements(__name__)
_BARE: Final = text(_SQL["nothing_hangs_on_it"])
#: Keeps triggers, rules and columns as they were looked at; everybody goes on reading.
_KEEP: Final = text("LOCK TABLE public.last_backup IN SHARE ROW EXCLUSIVE MODE")


def leave_note(whole: BackupMade, settings: Settings) -> bool:
    """Note it in the database, as the owner of ASM_ADMIN_DATABASE_URL or the login for backups;
    whether it, or a newer one, is noted. The backup is whole in any case.
    """
    try:
        server = _server(settings)
        if server is None:
            return False
        with server.connected() as connection:
            superuser: bool = login_of(connection).superuser
            if superuser and not settings.admin_database_url:
                return False
            wait_briefly(connection)
            connection.commit()
            noting = connection.execution_options(isolation_level="READ COMMITTED")
            with noting.begin():
                if superuser and not _nothing_hangs_on_it(noting):
                    return False
                note_backup(
                    noting, taken_at=whole.taken_at, size=whole.bytes, seconds=whole.seconds
                )
    except (Refusal, DBAPIError):
        return False
    return True


def _nothing_hangs_on_it(connection: Connection) -> bool:
    """Whether writing to the table runs nothing but PostgreSQL, until the transaction ends."""
    connection.execute(_KEEP)
    return bool(connection.execute(_BARE).scalar_one())


def _server(settings: Settings) -> Server | None:
    if settings.admin_database_url:
        return server_at(settings.admin_database_url, ADMIN)
    if settings.backup_database_url:
        return server_at(settings.backup_database_url, VARIABLE)
    return None
