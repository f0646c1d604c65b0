"""Record the SQL that an engine sends, to assert the cost of a route."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event


@contextmanager
def recorded_statements(engine: Engine) -> Iterator[list[str]]:
    """Collect the text of every statement that `engine` executes inside the block.

    Without the usage ledger's, which is written in the background now and then.
    """
    statements: list[str] = []

    def record(_: object, __: object, statement: str, *___: object) -> None:
        if "model_usage_daily" not in statement:
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", record)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", record)
