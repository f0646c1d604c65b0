"""Record the SQL that an engine sends, to assert the cost of a route."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from psycopg2 import extensions
from sqlalchemy import Engine, event

Sent = list[tuple[str, Any]]


@contextmanager
def sent_statements(engine: Engine) -> Iterator[Sent]:
    """As `recorded_statements`, with the parameters."""
    found: Sent = []
    with _noted(engine, lambda statement, values: found.append((statement, values))):
        yield found


@contextmanager
def recorded_statements(engine: Engine) -> Iterator[list[str]]:
    """Collect the text of every statement that connections taken inside the block send, through
    SQLAlchemy or beside it; without the BEGIN in front of one.

    Without the usage ledger's, which is written in the background now and then.
    """
    found: list[str] = []
    with _noted(engine, lambda statement, _: found.append(statement)):
        yield found


@contextmanager
def _noted(engine: Engine, note: Callable[[str, Any], None]) -> Iterator[None]:
    class Recording(extensions.cursor):
        def execute(self, query: Any, values: Any = None) -> None:
            if "model_usage_daily" not in str(query):
                note(str(query).removeprefix("BEGIN; "), values)
            super().execute(query, values)

    def record(connection: Any, *_: object) -> None:
        connection.cursor_factory = Recording

    def stop(connection: Any, *_: object) -> None:
        if connection is not None:
            connection.cursor_factory = None

    event.listen(engine, "checkout", record)
    event.listen(engine, "checkin", stop)
    try:
        yield
    finally:
        event.remove(engine, "checkout", record)
        event.remove(engine, "checkin", stop)
