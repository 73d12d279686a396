"""The roles and the database that a dump needs before it can be restored."""

from base64 import b64decode
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from asm.db.error_kinds import sqlstate
from asm.db.statements import read_statements
from asm.errors import Conflict
from asm.install.backup.look import AS_WRITTEN
from asm.install.backup.manifest import DatabaseFacts, Manifest
from asm.install.steps.passwords import ITERATIONS, scram_verifier

_SQL: Final = read_statements(__name__)
_ROLES: Final = text(_SQL["role_statements"])
_ROLE_SETTINGS: Final = text(_SQL["role_setting_statements"])
_MEMBERSHIPS: Final = text(_SQL["membership_statements"])
_DATABASE: Final = text(_SQL["database_statement"])
_THERE: Final = text(_SQL["database_there"])
_LOGINS: Final = text(_SQL["logins"])
_BEYOND: Final = text(_SQL["beyond"])
_HINDERED: Final = text(_SQL["hindered"])
_DIFFERS: Final = text(_SQL["database_differs"])
_RIGHTS: Final = text(_SQL["database_right_statements"])
_PASSWORD: Final = text(_SQL["password_statement"])
_MARK_STATEMENT: Final = text(_SQL["mark_statement"])
_MARK: Final = text(_SQL["mark"])
#: What CREATE DATABASE answers for a locale that the system, or ICU, does not have.
_NO_SUCH_LOCALE: Final = frozenset({"42809", "22023"})
_UNFINISHED: Final = "asm restore: not finished"


def make_roles(connection: Connection, manifest: Manifest) -> list[str]:
    """Make the roles that are wanting, and who may act as whom; the names of those made."""
    roles = _json(manifest.roles)
    wanting = connection.execute(_ROLES, {"roles": roles}).all()
    new = sorted(row.name for row in wanting)
    _all(connection, (row.statement for row in wanting))
    _all(connection, connection.execute(_ROLE_SETTINGS, {"roles": roles, "made": new}).scalars())
    names = [role["name"] for role in manifest.roles]
    given = {"memberships": _json(manifest.memberships), "names": names}
    _all(connection, connection.execute(_MEMBERSHIPS, given).scalars().all())
    return new


def make_database(connection: Connection, facts: DatabaseFacts, name: str) -> bool:
    """Make the database unless it is there; whether it was made. Raises Conflict where this server
    does not know its locale.
    """
    statements = connection.execute(_DATABASE, _wanted(facts, name)).scalars().all()
    try:
        _all(connection, statements)
    except DBAPIError as error:
        if sqlstate(error) not in _NO_SUCH_LOCALE:
            raise
        wanted = sorted({facts.collate, facts.ctype, facts.locale} - {""})
        raise Conflict("restore_locale_missing", locales=", ".join(wanted)) from error
    return bool(statements)


def require_same_database(connection: Connection, facts: DatabaseFacts, name: str) -> None:
    """Raises Conflict for an empty one of another owner, who may do with it what they like, or of
    another locale: order, and what is a letter, would be others.
    """
    there = connection.execute(_DIFFERS, _wanted(facts, name)).scalar()
    if there is not None:
        wanted = (
            f"OWNER {facts.owner}, ENCODING {facts.encoding}, "
            f"LC_COLLATE {facts.collate}, LC_CTYPE {facts.ctype}, "
            f"LOCALE_PROVIDER {facts.provider} {facts.locale}"
        )
        raise Conflict("restore_database_differs", database=name, there=there, wanted=wanted)


def _wanted(facts: DatabaseFacts, name: str) -> dict[str, str]:
    return {
        "name": name,
        "owner": facts.owner,
        "encoding": facts.encoding,
        "collate": facts.collate,
        "ctype": facts.ctype,
        "provider": facts.provider,
        "locale": facts.locale,
    }


def give_rights(connection: Connection, facts: DatabaseFacts) -> None:
    """The rights to the database itself and its settings, which no dump has."""
    given = {"rights": _json(facts.rights), "settings": _json(facts.settings)}
    _all(connection, connection.execute(_RIGHTS, given).scalars().all())


def database_is_there(connection: Connection, name: str) -> bool:
    """Whether the server has a database of that name."""
    return bool(connection.execute(_THERE, {"name": name}).scalar_one())


def mark_unfinished(connection: Connection, name: str, *, unfinished: bool) -> None:
    """Have the database say that it was not restored to the end, or no longer."""
    given = {"name": name, "mark": _UNFINISHED if unfinished else None}
    _all(connection, connection.execute(_MARK_STATEMENT, given).scalars().all())


def is_unfinished(connection: Connection, name: str) -> bool:
    """Whether restoring to the database was broken off, or came to something else."""
    return connection.execute(_MARK, {"name": name}).scalar() == _UNFINISHED


def require_same_roles(connection: Connection, manifest: Manifest) -> None:
    """Raises Conflict naming roles that are there and may do more than those of the backup, or
    could not do what they are for.
    """
    roles = _json(manifest.roles)
    given = {"roles": roles, "memberships": _json(manifest.memberships)}
    beyond = connection.execute(_BEYOND, given).scalars().all()
    if beyond:
        raise Conflict("restore_roles_beyond", roles=", ".join(beyond))
    hindered = connection.execute(_HINDERED, {"roles": roles}).scalars().all()
    if hindered:
        raise Conflict("restore_roles_hindered", roles=", ".join(hindered))


def let_in(connection: Connection, manifest: Manifest, passwords: Mapping[str, str]) -> list[str]:
    """Give logins that have no password the one that the settings have for them; the names of those
    who cannot sign in with what the settings have.

    The server gets a verifier and never the password: a log of statements would keep it.
    """
    names = [role["name"] for role in manifest.roles if role["login"]]
    closed = []
    for login in connection.execute(_LOGINS, {"names": names}).all():
        password = passwords.get(login.name)
        if login.verifier is None and password:
            _give_password(connection, login.name, password)
        if not login.login or _is_another(login.verifier, password):
            closed.append(login.name)
    return closed


def _give_password(connection: Connection, login: str, password: str) -> None:
    raw: Any = connection.connection.driver_connection
    verifier = raw.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256")
    given = {"login": login, "verifier": verifier.decode()}
    _all(connection, connection.execute(_PASSWORD, given).scalars().all())


def _is_another(verifier: str | None, password: str | None) -> bool:
    """Whether the server checks another password than this one, as far as can be seen."""
    if verifier is None:
        return not password
    kind, _, rest = verifier.partition(f"${ITERATIONS}:")
    if password is None or kind != "SCRAM-SHA-256" or not password.isascii():
        return False
    return scram_verifier(password, b64decode(rest.partition("$")[0])) != verifier


def _all(connection: Connection, statements: Iterable[str]) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement, execution_options=AS_WRITTEN)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
