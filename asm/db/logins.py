"""The two logins and their passwords.

Roles are the whole server's, whatever database they work in: processes of another installation may
sign in by them this minute. So a password that works for somebody is not replaced without a word.
"""

from collections.abc import Mapping
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.roles import DatabaseRole
from asm.errors import Conflict

#: Login → the variable that `asm migrate` takes its password from.
LOGINS: Final[dict[str, str]] = {
    DatabaseRole.API: "ASM_API_DB_PASSWORD",
    DatabaseRole.WORKER: "ASM_WORKER_DB_PASSWORD",
}
_OPEN: Final = text("SELECT rolname FROM pg_roles WHERE rolname = ANY(:roles) AND rolcanlogin")
#: Superusers alone may look.
_WITHOUT_PASSWORD: Final = text(
    "SELECT rolname FROM pg_authid WHERE rolname = ANY(:roles) AND rolpassword IS NULL"
)
_MAY_LOOK: Final = text("SELECT has_table_privilege('pg_authid', 'SELECT')")
_PATIENCE_S: Final = 5
#: Other databases on the server that were migrated: the owner's role has been given rights there.
_OTHERS: Final = text("""
SELECT datname FROM pg_database CROSS JOIN LATERAL aclexplode(datacl) AS given
WHERE given.grantee = (SELECT oid FROM pg_roles WHERE rolname = :owner)
  AND datname <> current_database() AND datallowconn
GROUP BY datname ORDER BY datname
""").bindparams(owner=str(DatabaseRole.OWNER))


def passwords_to_set(connection: Connection, given: Mapping[str, str]) -> dict[str, str]:
    """Of the given passwords (login → password) those that are to be set: of logins that are not
    there, may not sign in or have no password. One that works already is left alone.

    Raises Conflict `login_has_other_password` where a login may sign in, but not by the password
    given: whoever signs in by the other one would be shut out. Changes nothing.
    """
    names = {"roles": list(given)}
    may_sign_in = set(connection.execute(_OPEN, names).scalars())
    if connection.execute(_MAY_LOOK).scalar_one():
        may_sign_in -= set(connection.execute(_WITHOUT_PASSWORD, names).scalars())
    driver: Any = connection.connection.driver_connection
    address = driver.info.dsn  # without the password
    others = [
        role
        for role, password in given.items()
        if role in may_sign_in and not _works(address, role, password)
    ]
    connection.rollback()
    if others:
        raise Conflict(
            "login_has_other_password",
            logins=", ".join(sorted(others)),
            variables=", ".join(LOGINS[role] for role in sorted(others)),
        )
    return {role: password for role, password in given.items() if role not in may_sign_in}


async def other_databases(engine: AsyncEngine) -> list[str]:
    """Other databases of this server that ASM was migrated into. They share its roles, and so its
    passwords and what these may see: one installation a server is what is supported.
    """
    async with engine.connect() as connection:
        return list((await connection.execute(_OTHERS)).scalars())


def _works(address: str, role: str, password: str) -> bool:
    try:
        psycopg.connect(address, user=role, password=password, connect_timeout=_PATIENCE_S).close()
    except psycopg.OperationalError:
        return False
    return True
