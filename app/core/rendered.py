"""Hot statements: rendered to SQL once, then sent as text on the unit of work's own connection.

SQLAlchemy spends more on building, hashing and mapping a statement than PostgreSQL does on
answering it. Here an ordinary statement with bound parameters stays the source of its SQL.
"""

from collections import namedtuple
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

import psycopg2
from sqlalchemy import Connection, Uuid
from sqlalchemy.dialects.postgresql import psycopg2 as dialects

from app.core.prelude import prelude_of

DIALECT = dialects.dialect()  # type: ignore[no-untyped-call]  # untyped
Convert = Callable[[Any], Any]


class Rendered:
    """A statement that is built when it is first sent; rows have the names of its columns.

    `behind`: sent behind that one, in the same round trip; it sees what was committed while that
    one waited. The parameters are those of both.
    """

    def __init__(self, build: Callable[[], Any], behind: "Rendered | None" = None) -> None:
        self._build = build
        self._behind = behind
        self._row: Any = None

    def first(self, connection: Connection, **values: Any) -> Any:
        """The first row, or None. Raises psycopg2's errors, and SQLAlchemy's for a connection that
        is dead.
        """
        rows = self.all(connection, **values)
        return rows[0] if rows else None

    def all(self, connection: Connection, **values: Any) -> Sequence[Any]:
        """As `first`, every row."""
        driver: Any = connection.connection.dbapi_connection
        sql = prelude_of(connection) + self._sql
        try:
            with driver.cursor() as cursor:
                cursor.execute(sql, self._parts.bind(values))
                return [*map(self._row_type(cursor)._make, cursor.fetchall())]
        except psycopg2.Error as error:
            if driver.closed or error.pgcode is None:  # no answer of PostgreSQL: a plain error
                # may be a connection that broke off just now, before the driver calls it closed.
                connection.exec_driver_sql("SELECT 1")  # SQLAlchemy notices, drops it and raises
            raise

    @cached_property
    def _sql(self) -> str:
        own = self._parts.sql
        return own if self._behind is None else f"{self._behind._sql}; {own}"

    @cached_property
    def _parts(self) -> "_Parts":
        return _Parts(self._build())

    def _row_type(self, cursor: Any) -> Any:
        if self._row is None:
            self._row = namedtuple("Row", [column.name for column in cursor.description])  # type: ignore[misc]  # names are known when it runs
        return self._row


class _Parts:
    """The SQL, the constants in it, and what values need on their way in.

    On the way out the driver does it all: UUIDs, timestamps, numbers, JSON.
    """

    def __init__(self, statement: Any) -> None:
        compiled = statement.compile(dialect=DIALECT)
        self.sql = str(compiled)
        self._constants = {
            name: parameter.value
            for name, parameter in compiled.binds.items()
            if not parameter.required
        }
        self._converted: list[tuple[str, Convert]] = [
            (name, convert)
            for name, parameter in compiled.binds.items()
            if (convert := _convert_of(parameter.type))
        ]

    def bind(self, values: dict[str, Any]) -> dict[str, Any]:
        bound = {**self._constants, **values}
        for name, convert in self._converted:
            bound[name] = convert(bound[name])
        return bound


def _convert_of(type_: Any) -> Convert | None:
    if isinstance(type_, Uuid):
        return _text_of
    return type_.dialect_impl(DIALECT).bind_processor(DIALECT)  # type: ignore[no-any-return]  # untyped


def _text_of(value: UUID | str | None) -> str | None:
    """The driver's own way of quoting a UUID is the slowest part of a statement that it sends."""
    return None if value is None else str(value)
