"""What went wrong in the database, in the few words that decide what to do next."""

from typing import Final

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

#: Everything that a database call may raise.
DATABASE_ERRORS: Final = (SQLAlchemyError, OSError, TimeoutError)

#: 08: lost link. 53: out of disk, memory or connections. 57: shutdown, cancelled statements.
_AWAY_CLASSES = frozenset({"08", "53", "57"})
_DEADLOCK = "40P01"
#: It waited too long, each of two waited for the other, or what it waited for was moved meanwhile.
_LOCKED_OUT = frozenset({"55P03", _DEADLOCK, "40001"})
_QUERY_CANCELED = "57014"


def sqlstate(error: BaseException) -> str:
    """The five characters of PostgreSQL, or nothing when it did not answer."""
    return str(getattr(getattr(error, "orig", error), "sqlstate", "") or "")


def is_away(error: BaseException) -> bool:
    """Whether the database could not be reached or could not work: to be tried again later."""
    if isinstance(error, PoolTimeout | OSError | TimeoutError | OperationalError | InterfaceError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    # Without a statement it failed while connecting.
    if error.statement is None or error.connection_invalidated:
        return True
    return sqlstate(error)[:2] in _AWAY_CLASSES


def is_locked_out(error: BaseException) -> bool:
    """Whether someone else held what it needed for longer than it may wait."""
    return sqlstate(error) in _LOCKED_OUT


def is_deadlock(error: BaseException) -> bool:
    """Whether each of two waited for the other, and this one was undone: tried again, it waits for
    nobody but the other's end.
    """
    return sqlstate(error) == _DEADLOCK


def is_cancelled(error: BaseException) -> bool:
    """Whether a statement took longer than it may."""
    return sqlstate(error) == _QUERY_CANCELED


def is_gone(error: BaseException) -> bool:
    """Whether the database itself is away, rather than one statement too slow."""
    return is_away(error) and not is_cancelled(error)


def was_answered(error: BaseException) -> bool:
    """Whether PostgreSQL itself said no: then it has undone the transaction. Without its answer (or
    while it goes down) a COMMIT may have happened.
    """
    return bool(sqlstate(error)) and sqlstate(error)[:2] not in {"08", "57"}
