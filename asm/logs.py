"""Structured logs on standard output: one JSON object a line, the same for our code and libraries.

Personal data never goes into a log call; this module is the net below that rule. It masks runs of
9 to 12 digits (identity cards, personal numbers, telephones), withholds fields that hold personal
data by their name, cuts query strings off addresses, leaves out the texts of exceptions (a
database's error names the values it refused) and shows other objects by their class alone.
"""

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from contextvars import ContextVar
from datetime import date, datetime
from enum import Enum
from types import TracebackType
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog

from asm.errors import ConfigurationError
from asm.settings import Settings

Entry = MutableMapping[str, Any]
#: Set by the web process for the time of one request; every line written meanwhile carries it.
REQUEST_ID: ContextVar[str | None] = ContextVar("asm_request_id", default=None)
NUMBER: Final = "[number]"
WITHHELD: Final = "[withheld]"
#: Frames kept of a trace, and exceptions of a chain: enough to find the place.
MAX_FRAMES: Final = 30
MAX_CHAIN: Final = 5
PERSONAL_FIELDS: Final = frozenset(
    {"full_name", "document_number", "personal_number", "phone", "email", "address", "birth_date",
     "guest", "password", "token", "cookie", "authorization", "query"}
)  # fmt: skip
#: Libraries that say at INFO what is of no use here or too much (arq its jobs' arguments, httpx
#: whole addresses).
_TACITURN: Final = ("arq", "httpx", "httpcore", "sqlalchemy", "alembic", "uvicorn.access")
_UUID: Final = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
# Ids stay whole, though some of them end in twelve decimal digits.
_LONG_NUMBER: Final = re.compile(rf"({_UUID})|(?<!\d)\d(?:[ .-]?\d){{8,11}}(?!\d)")
_QUERY: Final = re.compile(r"\?[^\s\"'?]*=[^\s\"']*")


def set_up_logs(settings: Settings) -> None:
    """Route structlog and the standard library to standard output. May be called again."""
    shared: list[structlog.typing.Processor] = [
        _add_request_id,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        _describe_exception,
        _mask,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = _StandardOutput()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_first_line, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _as_json if settings.log_json else structlog.dev.ConsoleRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [h for h in root.handlers if not isinstance(h, _StandardOutput)] + [handler]
    root.setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    for name in _TACITURN:
        logging.getLogger(name).setLevel(logging.WARNING)
    sys.excepthook = _log_uncaught


class _StandardOutput(logging.Handler):
    """Writes to what `sys.stdout` is at that moment: it may be exchanged after set-up."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stdout.write(self.format(record) + "\n")
            sys.stdout.flush()
        except (OSError, ValueError):
            self.handleError(record)


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    structlog.get_logger("asm").critical("uncaught_error", exc_info=error)


def _add_request_id(_logger: Any, _method: str, entry: Entry) -> Entry:
    request_id = REQUEST_ID.get()
    if request_id is not None:
        entry["request_id"] = request_id
    return entry


def _first_line(_logger: Any, _method: str, entry: Entry) -> Entry:
    # asyncio puts the text of a task's exception into the lines below.
    entry["event"] = str(entry["event"]).strip().split("\n", 1)[0]
    entry.pop("stack_info", None)
    return entry


def _describe_exception(_logger: Any, _method: str, entry: Entry) -> Entry:
    given = entry.pop("exc_info", None)
    if isinstance(given, tuple):
        given = given[1]
    elif given is True:
        given = sys.exc_info()[1]
    if isinstance(given, BaseException):
        entry["exception"] = _chain(given)
    return entry


def _chain(error: BaseException) -> list[dict[str, Any]]:
    chain: list[dict[str, Any]] = []
    current: BaseException | None = error
    while current is not None and len(chain) < MAX_CHAIN:
        chain.append(_exception_fields(current))
        hidden = current.__suppress_context__
        current = current.__cause__ or (None if hidden else current.__context__)
    return chain


def _exception_fields(error: BaseException) -> dict[str, Any]:
    kind = type(error)
    frames = traceback.extract_tb(error.__traceback__)[-MAX_FRAMES:]
    fields: dict[str, Any] = {
        "type": f"{kind.__module__}.{kind.__qualname__}",
        "trace": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
    state = getattr(error, "sqlstate", None)
    if state:
        fields["sqlstate"] = state
    if isinstance(error, ConfigurationError):
        fields["message"] = str(error)  # written by us, for operators
    if isinstance(error, BaseExceptionGroup):
        fields["group"] = [_exception_fields(member) for member in error.exceptions[:MAX_CHAIN]]
    return fields


def _mask(_logger: Any, _method: str, entry: Entry) -> Entry:
    record = {key: entry.pop(key) for key in ("_record", "_from_structlog") if key in entry}
    masked: Entry = {key: _masked(key, value) for key, value in entry.items()}
    return masked | record  # type: ignore[operator,no-any-return]  # both are dicts here


def _masked(key: str, value: Any) -> Any:
    if key.lower() in PERSONAL_FIELDS and value is not None:
        return WITHHELD
    if isinstance(value, dict):
        return {str(name): _masked(str(name), item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(key, item) for item in value]
    return _plain(value)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, int):
        return NUMBER if _LONG_NUMBER.fullmatch(str(abs(value))) else value
    if isinstance(value, UUID | date | datetime):
        return str(value)
    if isinstance(value, str):
        return _LONG_NUMBER.sub(_keep_uuid, _QUERY.sub("?…", value))
    return f"<{type(value).__name__}>"


def _keep_uuid(match: re.Match[str]) -> str:
    return match.group(1) or NUMBER


def _as_json(_logger: Any, _method: str, entry: Entry) -> str:
    return msgspec.json.encode(entry).decode()
