"""What travels in front of a statement, in the same round trip: BEGIN, and settings of PostgreSQL
that hold for one transaction, for policies of row level security.

PostgreSQL forgets the settings with the transaction: a pooled connection never carries them to
somebody else.
"""

import re
from collections.abc import Mapping
from typing import Any

from psycopg2.extensions import TRANSACTION_STATUS_IDLE
from sqlalchemy import Connection, Engine, event

# Checked instead of quoted: what goes in front of a statement must need no quoting at all.
NAME = re.compile(r"[a-z_]+\.[a-z_]+")
VALUE = re.compile(r"[A-Za-z0-9-]+")
OPTION = "prelude"

Variables = Mapping[str, str]


class Prelude:
    """In front of the statement that finds no transaction open: of the first one, which begins it,
    or, with `is_read`, of every one in autocommit, where each is a transaction of its own.
    """

    def __init__(self, variables: Variables, *, is_read: bool) -> None:
        """Raises ValueError for a name or value that would have to be quoted."""
        for name, value in variables.items():
            if not NAME.fullmatch(name) or not VALUE.fullmatch(value):
                raise ValueError(f"no session variable: {name}")
        settings = "".join(
            f"SELECT set_config('{name}', '{value}', true); " for name, value in variables.items()
        )
        self.sql = settings if is_read else "BEGIN; " + settings


def prelude_of(connection: Connection) -> str:
    """What has to stand in front of the next statement of the connection."""
    prelude: Prelude | None = connection.get_execution_options().get(OPTION)
    if prelude is None:
        return ""
    driver: Any = connection.connection.dbapi_connection
    is_open = driver.get_transaction_status() != TRANSACTION_STATUS_IDLE
    return "" if is_open else prelude.sql


def send_with_statements(engine: Engine) -> None:
    """Have the connections of `engine` send the prelude that their execution options name."""

    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def put_in_front(
        connection: Connection,
        cursor: Any,
        statement: str,
        parameters: Any,
        _context: Any,
        executemany: bool,
    ) -> tuple[str, Any]:
        sql = prelude_of(connection)
        if sql and executemany:  # a statement that is sent many times gets it once, before
            cursor.execute(sql)
            return statement, parameters
        return sql + statement, parameters
