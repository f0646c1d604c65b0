"""What travels in front of a statement, in the same round trip: BEGIN, and settings of PostgreSQL
that hold for one transaction, for policies of row level security.

PostgreSQL forgets the settings with the transaction: a pooled connection never carries them to
somebody else.
"""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Engine, event

# Checked instead of quoted: what goes in front of a statement must need no quoting at all.
NAME = re.compile(r"[a-z_]+\.[a-z_]+")
VALUE = re.compile(r"[A-Za-z0-9-]+")
OPTION = "prelude"

Variables = Mapping[str, str]


class Prelude:
    """In front of the first statement of a transaction, which it begins; or, with `is_read`, of
    every statement in autocommit, where each is a transaction of its own.
    """

    def __init__(self, variables: Variables, *, is_read: bool) -> None:
        """Raises ValueError for a name or value that would have to be quoted."""
        for name, value in variables.items():
            if not NAME.fullmatch(name) or not VALUE.fullmatch(value):
                raise ValueError(f"no session variable: {name}")
        settings = "".join(
            f"SELECT set_config('{name}', '{value}', true); " for name, value in variables.items()
        )
        self._sql = settings if is_read else "BEGIN; " + settings
        self._is_read = is_read
        self._is_sent = False

    def take(self) -> str:
        """The prelude of the next statement, empty when there is no more."""
        if self._is_sent and not self._is_read:
            return ""
        self._is_sent = True
        return self._sql


def prelude_of(connection: Connection) -> str:
    """What has to stand in front of the next statement of the connection."""
    prelude: Prelude | None = connection.get_execution_options().get(OPTION)
    return "" if prelude is None else prelude.take()


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
