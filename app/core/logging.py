"""structlog: JSON lines in production, readable in a terminal. Events, never the person."""

import json
import logging
import re
import sys
import threading
import warnings
from contextvars import ContextVar
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

MAX_FRAMES = 8
LOGGERS_OF_CALLBACKS = {"asyncio", "concurrent.futures"}
REPR = re.compile(r"[<({\['\"]|\w+\(")  # where the repr of a function, an object or a text begins


def _one_line(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """No value may break out of its line in a terminal (log injection); JSON escapes anyway."""
    for key, value in event.items():
        if isinstance(value, str) and ("\n" in value or "\r" in value):
            event[key] = value.replace("\n", "\\n").replace("\r", "\\r")
    return event


JSON_ENCODER = json.JSONEncoder(ensure_ascii=False, default=repr)


def _json_line(_: WrappedLogger, __: str, event: EventDict) -> str:
    """With an encoder that is made once: `json.dumps` makes one for every line."""
    return JSON_ENCODER.encode(event)


def exception_without_values(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace `exc_info` by type and place: messages of database and parser errors hold values."""
    info = event.pop("exc_info", None)
    if not info:
        return event
    if isinstance(info, tuple):  # the standard library's loggers
        info = info[1]
    error = info if isinstance(info, BaseException) else sys.exc_info()[1]
    if error is not None:
        event.update(describe(error))
    return event


def describe(error: BaseException) -> dict[str, object]:
    """Type and place of an error, and what PostgreSQL says about it without values."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        place = f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}"
        if trace.tb_next is None or "site-packages" not in code.co_filename:
            frames.append(place)  # the way through our code, and where it ended
        trace = trace.tb_next
    refused = getattr(error, "orig", None)
    told = {
        "exception": type(error).__name__,
        "sqlstate": getattr(refused, "pgcode", None),
        "constraint": getattr(getattr(refused, "diag", None), "constraint_name", None),
        "trace": frames[-MAX_FRAMES:],
    }
    return {name: value for name, value in told.items() if value is not None}


def first_line(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Of another library's message only the first line: below it stand reprs and tracebacks, and
    in them what an exception says. Loggers of callbacks have reprs of arguments in the line too.
    """
    lines = str(event["event"]).splitlines() or [""]
    if len(lines) > 1 and lines[0].startswith("Traceback"):
        event["exception"] = lines[-1].partition(":")[0]
    tells_reprs = event["_record"].name in LOGGERS_OF_CALLBACKS
    event["event"] = REPR.split(lines[0], 1)[0].rstrip() if tells_reprs else lines[0]
    return event


def log_warning(
    _message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    _file: TextIO | None = None,
    _line: str | None = None,
) -> None:
    """Instead of `warnings.showwarning`: pydantic and others quote values in what they say."""
    place = f"{filename.rsplit('/', 1)[-1]}:{lineno}"
    structlog.get_logger().warning("python_warning", category=category.__name__, place=place)


def log_thread_error(failed: threading.ExceptHookArgs) -> None:
    """Instead of `threading.excepthook`, which prints the message."""
    structlog.get_logger().error("thread_failed", exc_info=failed.exc_value)


def log_unraisable(failed: "sys.UnraisableHookArgs") -> None:
    """Instead of `sys.unraisablehook`, which prints the message."""
    structlog.get_logger().error("unraisable_error", exc_info=failed.exc_value)


# Of a task, and of those that it begins. structlog's own context walks through all variables of
# the interpreter, for every line.
_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def current_request_id() -> str | None:
    """The id of the request that this task answers; None for work that no request asked for."""
    return _request_id.get()


def begin_request(request_id: str) -> None:
    """From here on this task answers that request, and every line of its log says so."""
    _request_id.set(request_id)


def with_request_id(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    if (request_id := _request_id.get()) is not None:
        event["request_id"] = request_id
    return event


def configure_logging(level: str, *, json_lines: bool) -> None:
    """Configure structlog and route the standard library's loggers through it, once."""
    shared: list[Processor] = [
        with_request_id,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        exception_without_values,
        _one_line,
    ]
    renderer: Processor = (
        _json_line if json_lines else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.WriteLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=[first_line, *shared],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(logging.getLevelName(level), logging.WARNING))
    warnings.showwarning = log_warning  # type: ignore[assignment]  # names of arguments differ
    threading.excepthook = log_thread_error
    sys.unraisablehook = log_unraisable
