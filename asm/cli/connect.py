"""How commands reach the database: at the address that a variable holds, and in words when it
cannot be reached, lets nobody in or is not of this version. No other file here makes an engine.
"""

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final, NamedTuple

import structlog
from sqlalchemy import make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.cli.console import SetUpError
from asm.db.error_kinds import is_away, sqlstate
from asm.db.session import make_engine
from asm.db.unavailable import DATABASE_UNAVAILABLE
from asm.errors import ConfigurationError
from asm.settings import async_url, read_settings, require

API: Final = "ASM_DATABASE_URL"
WORKER: Final = "ASM_WORKER_DATABASE_URL"
ADMIN: Final = "ASM_ADMIN_DATABASE_URL"


class _Words(NamedTuple):
    """What is said of one kind of trouble, with places for `variable` and `state`."""

    code: str
    message: str
    message_en: str


_AWAY: Final = _Words(
    "database_away",
    "Không kết nối được cơ sở dữ liệu, hoặc nó chưa sẵn sàng: kiểm tra máy chủ có chạy không, "
    "máy và cổng trong {variable}; `make up` chạy một bản trên máy này.",
    "The database cannot be reached or is not ready: check that it runs, and host and port in "
    "{variable}; `make up` starts one on this machine.",
)
_BEHIND: Final = _Words(
    "database_behind",
    "Lược đồ cơ sở dữ liệu cũ hơn chương trình hoặc chưa có: chạy `asm migrate` trên cơ sở dữ "
    "liệu mà {variable} chỉ tới.",
    "The database has no schema, or an older one than this program: run `asm migrate` on the "
    "database that {variable} names.",
)
_LOGIN_REFUSED: Final = _Words(
    "database_login_refused",
    "Cơ sở dữ liệu từ chối tên đăng nhập hoặc mật khẩu: kiểm tra trong {variable}.",
    "The database refused the login or its password: check both in {variable}.",
)
_UNKNOWN: Final = _Words(
    "database_unknown",
    "Máy chủ không có cơ sở dữ liệu này: kiểm tra tên ở cuối {variable}.",
    "The server has no such database: check the name at the end of {variable}.",
)
_RIGHT_MISSING: Final = _Words(
    "database_right_missing",
    "Tài khoản cơ sở dữ liệu trong {variable} không có quyền này: kiểm tra địa chỉ có đúng là của "
    "biến ấy không, rồi chạy `asm migrate`.",
    "The database login in {variable} lacks the right: check that the address is that variable's "
    "own, then run `asm migrate`.",
)
_FAILED: Final = _Words(
    "database_failed",
    "Cơ sở dữ liệu mà {variable} chỉ tới không làm được lệnh này (SQLSTATE {state}): xem nhật ký "
    "của nó.",
    "The database that {variable} names could not do this (SQLSTATE {state}): look at its log.",
)
#: SQLSTATE, or its class, → what is said of it.
_BY_STATE: Final = {
    "28": _LOGIN_REFUSED,
    "3D000": _UNKNOWN,
    "42501": _RIGHT_MISSING,
    # No such table, column, function, object, schema; no such role to act as.
    **dict.fromkeys(("42P01", "42703", "42883", "42704", "3F000", "22023"), _BEHIND),
    # Lost link; out of disk, memory or connections; starting or going down.
    **dict.fromkeys(("08", "53", "57"), _AWAY),
}


def address_in(variable: str) -> str:
    """The address that a variable holds. Raises ConfigurationError when it is not set, or none."""
    settings = read_settings()
    addresses = {
        API: settings.database_url,
        WORKER: settings.worker_database_url,
        ADMIN: settings.admin_database_url,
    }
    address = require(addresses[variable], variable)
    try:
        make_url(async_url(address))
    except (ConfigurationError, ArgumentError, ValueError) as error:
        raise SetUpError(
            "database_address",
            f"{variable} không phải địa chỉ postgresql://tên@máy:cổng/cơ-sở-dữ-liệu.",
            f"{variable} is no address like postgresql://login@host:port/database.",
        ) from error
    return address


@asynccontextmanager
async def engine_at(variable: str, *, name: str, pool_size: int = 10) -> AsyncIterator[AsyncEngine]:
    """An engine for the time of the block, in which trouble of the database is a SetUpError."""
    _log_beside_the_answer()
    engine = make_engine(address_in(variable), pool_size=pool_size, name=name)
    try:
        with explained(variable):
            yield engine
    finally:
        await engine.dispose()


async def reach(variable: str) -> None:
    """Let the database in `variable` answer once. Raises SetUpError when it does not."""
    async with (
        engine_at(variable, name="asm-reach", pool_size=1) as engine,
        engine.connect() as connection,
    ):
        await connection.execute(text("SELECT 1"))


@contextmanager
def explained(variable: str) -> Iterator[None]:
    """Turn trouble of the database into a SetUpError that names the variable to look at."""
    try:
        yield
    except DATABASE_UNAVAILABLE as error:
        if getattr(error, "filename", None):
            raise  # of a file, which says so itself
        raise _error_of(error, variable) from error


def _error_of(error: BaseException, variable: str) -> SetUpError:
    state = sqlstate(error)
    words = _BY_STATE.get(state) or _BY_STATE.get(state[:2])
    if words is None:
        words = _AWAY if is_away(error) else _FAILED
    told = {"variable": variable, "state": state or type(error).__name__}
    return SetUpError(words.code, words.message.format(**told), words.message_en.format(**told))


def _log_beside_the_answer() -> None:
    """Standard output is for the one document alone."""
    if not structlog.is_configured():
        structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
