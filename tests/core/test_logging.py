"""What a log line may say: type and place of an error, never what it holds."""

import asyncio
import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest
import structlog
from sqlalchemy import Connection, Engine, exc, text

from app.core.logging import configure_logging

ANSWER = "aku suka memancing bersama kakek"


class Lines:
    """The JSON lines that were written."""

    def __init__(self, written: io.StringIO) -> None:
        self._written = written

    def read(self) -> list[dict[str, Any]]:
        assert ANSWER not in self._written.getvalue()
        return [json.loads(line) for line in self._written.getvalue().splitlines()]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    """A process that logs as in production; everything is put back afterwards."""
    for module, name in (
        (warnings, "showwarning"),
        (threading, "excepthook"),
        (sys, "unraisablehook"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name))
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    before = structlog.get_config()
    written = io.StringIO()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", written)
        configure_logging("INFO", json_lines=True)
    structlog.configure(cache_logger_on_first_use=False)
    yield Lines(written)
    root.handlers, root.level = handlers, level
    structlog.configure(**before)


def fail() -> None:
    raise ValueError(ANSWER)


def failing_row(connection: Connection) -> None:
    connection.execute(
        text("CREATE TEMP TABLE told (words text, CONSTRAINT short CHECK (length(words) < 5))")
    )
    connection.execute(text("INSERT INTO told VALUES (:words)"), {"words": ANSWER})


class TestException:
    def test_tells_type_and_place(self, lines: Lines) -> None:
        try:
            fail()
        except ValueError as error:
            structlog.get_logger().exception("unhandled_error", exc_info=error)
        (line,) = lines.read()
        assert line["exception"] == "ValueError"
        assert line["trace"][-1].endswith(" fail")

    def test_of_the_standard_librarys_loggers(self, lines: Lines) -> None:
        try:
            fail()
        except ValueError:
            logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")
        (line,) = lines.read()
        assert line["event"] == "Exception in ASGI application"
        assert line["exception"] == "ValueError"
        assert line["trace"][-1].endswith(" fail")

    def test_postgresqls_failing_row(self, lines: Lines, engine: Engine) -> None:
        with engine.connect() as connection, pytest.raises(exc.IntegrityError) as caught:
            failing_row(connection)
        assert ANSWER in str(caught.value.orig)  # else this test shows nothing
        structlog.get_logger().exception("unhandled_error", exc_info=caught.value)
        (line,) = lines.read()
        assert line["exception"] == "IntegrityError"
        assert line["sqlstate"] == "23514"
        assert line["constraint"] == "short"

    def test_a_traceback_as_message(self, lines: Lines) -> None:
        message = f'Traceback (most recent call last):\n  File "x.py"\nValueError: {ANSWER}'
        logging.getLogger("uvicorn.error").error(message)
        (line,) = lines.read()
        assert line["exception"] == "ValueError"


class TestWhatNobodyCaught:
    async def test_a_task(self, lines: Lines) -> None:
        async def work() -> None:
            fail()

        loop = asyncio.get_running_loop()
        task = asyncio.ensure_future(work())
        await asyncio.wait([task])
        loop.call_exception_handler(
            {
                "message": "Task exception was never retrieved",
                "exception": task.exception(),
                "future": task,
            }
        )
        (line,) = lines.read()
        assert line["event"] == "Task exception was never retrieved"
        assert line["exception"] == "ValueError"

    async def test_a_callback_of_the_event_loop(self, lines: Lines) -> None:
        def callback(_answer: str) -> None:
            fail()

        asyncio.get_running_loop().call_soon(callback, ANSWER)
        await asyncio.sleep(0)
        (line,) = lines.read()
        assert line["event"].startswith("Exception in callback")
        assert line["exception"] == "ValueError"

    def test_a_callback_of_a_thread(self, lines: Lines) -> None:
        future: Future[str] = Future()
        future.add_done_callback(lambda _: fail())
        future.set_result(ANSWER)
        (line,) = lines.read()
        assert line["event"] == "exception calling callback for"
        assert line["exception"] == "ValueError"

    def test_a_thread(self, lines: Lines) -> None:
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
        (line,) = lines.read()
        assert (line["event"], line["exception"]) == ("thread_failed", "ValueError")

    def test_a_finalizer(self, lines: Lines) -> None:
        class Fragile:
            def __del__(self) -> None:
                fail()

        Fragile()
        (line,) = lines.read()
        assert (line["event"], line["exception"]) == ("unraisable_error", "ValueError")

    def test_a_warning(self, lines: Lines) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.showwarning(f"input_value={ANSWER!r}", UserWarning, "/a/pydantic.py", 7)
        (line,) = lines.read()
        assert (line["category"], line["place"]) == ("UserWarning", "pydantic.py:7")


def test_no_value_breaks_out_of_its_line(lines: Lines) -> None:
    structlog.get_logger().info("request", route="/a\n{}\r/b")
    (line,) = lines.read()
    assert line["route"] == "/a\\n{}\\r/b"
