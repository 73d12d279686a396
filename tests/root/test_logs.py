"""What the logs say, and what they must never say."""

import asyncio
import dataclasses
import json
import logging
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.session import one_transaction
from asm.errors import ConfigurationError
from asm.logs import REQUEST_ID, set_up_logs
from asm.settings import Settings, read_settings
from asm.stays.entry import Guest

NAME, NUMBER, OLD_NUMBER = "Nguyễn Văn Mẫu", "001090123456", "012345678"


@pytest.fixture
def settings() -> Settings:
    return read_settings({})


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Give pytest its logging back."""
    root, hook = logging.getLogger(), sys.excepthook
    handlers, level = list(root.handlers), root.level
    structlog_before = structlog.get_config()
    yield
    root.handlers, sys.excepthook = handlers, hook
    root.setLevel(level)
    structlog.configure(**structlog_before)


@pytest.fixture
def read(settings: Settings, capsys: pytest.CaptureFixture[str]) -> Any:
    set_up_logs(settings)

    def lines() -> list[dict[str, Any]]:
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return lines


def test_a_line_is_one_json_object(read: Any) -> None:
    identifier = uuid.uuid4()
    structlog.get_logger("asm.test").info(
        "stay_declared", stay_id=identifier, guests=3, late=False, night=date(2026, 3, 1)
    )
    (line,) = read()
    assert datetime.fromisoformat(line.pop("timestamp")).tzinfo == UTC
    assert line == {
        "event": "stay_declared",
        "level": "info",
        "logger": "asm.test",
        "stay_id": str(identifier),
        "guests": 3,
        "late": False,
        "night": "2026-03-01",
    }


def test_setting_up_twice_does_not_double_lines(read: Any, settings: Settings) -> None:
    set_up_logs(settings)
    logging.getLogger("uvicorn.error").warning("once")
    assert [line["event"] for line in read()] == ["once"]


@pytest.mark.parametrize(
    "number",
    [NUMBER, OLD_NUMBER, "001 090 123 456", "001-090-123-456", "0901234567", f"({NUMBER})",
     f"số{NUMBER}.", int("190123456789")],
)  # fmt: skip
def test_numbers_of_people_are_masked_wherever_they_stand(read: Any, number: Any) -> None:
    digits = "".join(c for c in str(number) if c.isdigit())
    structlog.get_logger().warning(f"bad {number}", value=number, inside={"list": [number]})
    logging.getLogger("some.library").error("refused %s", number)
    for line in read():
        assert digits not in "".join(c for c in json.dumps(line) if c not in " -.")
        assert "[number]" in line["event"]


@pytest.mark.parametrize("kept", ["12345678", "1234567890123", "2026-03-01", 42, 1_234_567])
def test_other_numbers_stay(read: Any, kept: Any) -> None:
    structlog.get_logger().info("told", value=kept)
    assert read()[0]["value"] == kept


def test_ids_stay_whole_even_when_they_look_like_numbers(read: Any) -> None:
    identifier = "018f2c3a-1234-7abc-8def-123456789012"
    structlog.get_logger().info(f"stay {identifier}", stay_id=uuid.UUID(identifier))
    (line,) = read()
    assert (line["event"], line["stay_id"]) == (f"stay {identifier}", identifier)


def test_objects_and_personal_fields_are_withheld(read: Any) -> None:
    guest = Guest(full_name=NAME, document_type=1, document_number=NUMBER)
    structlog.get_logger().info(
        "careless", person=guest, guest="x", full_name=NAME, row={"document_number": "C1234567"}
    )
    (line,) = read()
    assert line["person"] == "<Guest>"
    assert line["guest"] == line["full_name"] == "[withheld]"
    assert line["row"] == {"document_number": "[withheld]"}


def test_query_strings_are_cut_off(read: Any) -> None:
    logging.getLogger("some.proxy").warning('"GET /ward?q=Nguy%E1%BB%85n&p=2 HTTP/1.1" 200')
    assert read()[0]["event"] == '"GET /ward?… HTTP/1.1" 200'


def fail_with_names() -> None:
    try:
        int(NAME)
    except ValueError as error:
        raise KeyError(f"{NAME} {NUMBER}") from error


def test_exceptions_are_told_by_type_and_place_alone(read: Any) -> None:
    try:
        fail_with_names()
    except KeyError as error:
        structlog.get_logger().error("failed", exc_info=error)
        structlog.get_logger().exception("failed")
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")
    lines = read()
    for line in lines:
        kinds = [raised["type"] for raised in line["exception"]]
        assert kinds == ["builtins.KeyError", "builtins.ValueError"]
        assert "fail_with_names" in line["exception"][0]["trace"][-1]
        assert "Mẫu" not in json.dumps(line, ensure_ascii=False)
    assert lines[2]["event"] == "Exception in ASGI application"


async def test_a_refused_value_does_not_come_out_through_the_database_error(
    read: Any, worker_engine: AsyncEngine
) -> None:
    log = structlog.get_logger()
    for statement, state in (
        ("SELECT CAST(:value AS integer) + length(:value)", None),
        ("DO $$ BEGIN RAISE EXCEPTION 'Mẫu' USING DETAIL = '(name)=(Mẫu)'; END $$", "P0001"),
    ):
        values = {"value": NAME} if ":value" in statement else {}
        with pytest.raises(DBAPIError) as failed:
            async with one_transaction(worker_engine) as session:
                await session.execute(text(statement), values)
        log.error("query_failed", exc_info=failed.value)
        line = read()[0]
        assert "Mẫu" not in json.dumps(line, ensure_ascii=False)
        if state:
            assert state in {part.get("sqlstate") for part in line["exception"]}


async def test_a_lost_task_does_not_speak(read: Any) -> None:
    async def fail() -> None:
        raise ValueError(NAME)

    loop = asyncio.get_running_loop()
    task = asyncio.create_task(fail())
    await asyncio.wait([task])
    loop.default_exception_handler(
        {
            "message": "Task exception was never retrieved",
            "exception": task.exception(),
            "task": task,
        }
    )
    (line,) = read()
    assert line["event"] == "Task exception was never retrieved"
    assert "Mẫu" not in json.dumps(line, ensure_ascii=False)


def test_groups_name_their_members(read: Any) -> None:
    structlog.get_logger().error("failed", exc_info=ExceptionGroup("x", [OSError(NAME)]))
    assert read()[0]["exception"][0]["group"][0]["type"] == "builtins.OSError"


def test_an_uncaught_error_is_one_line_and_a_set_up_fault_keeps_its_words(read: Any) -> None:
    error = ConfigurationError("ASM_PORT must be a whole number")
    sys.excepthook(type(error), error, None)
    (line,) = read()
    assert line["event"] == "uncaught_error"
    assert line["exception"][0]["message"] == "ASM_PORT must be a whole number"


def test_lines_of_a_request_carry_its_id(read: Any) -> None:
    token = REQUEST_ID.set("req-1")
    structlog.get_logger().info("inside")
    logging.getLogger("some.library").warning("inside too")
    REQUEST_ID.reset(token)
    structlog.get_logger().info("outside")
    assert [line.get("request_id") for line in read()] == ["req-1", "req-1", None]


def test_libraries_that_show_arguments_are_quiet(read: Any) -> None:
    logging.getLogger("arq.worker").info("→ drain_outbox(secret)")
    logging.getLogger("httpx").info("GET https://x?q=y")
    logging.getLogger("uvicorn.access").info("GET /")
    logging.getLogger("sqlalchemy.engine.Engine").info("SELECT")
    assert read() == []


def test_people_at_a_terminal_get_plain_text(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logs(dataclasses.replace(settings, log_json=False))
    structlog.get_logger().info("started", number=NUMBER)
    printed = capsys.readouterr().out
    assert "started" in printed
    assert NUMBER not in printed
