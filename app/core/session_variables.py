"""Settings of PostgreSQL that hold for one transaction, for policies of row level security.

They travel in front of a statement, in the same round trip, and PostgreSQL forgets them with the
transaction: a pooled connection never carries them to somebody else.
"""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Engine, event

# Checked instead of quoted: what goes in front of a statement must need no quoting at all.
NAME = re.compile(r"[a-z_]+\.[a-z_]+")
VALUE = re.compile(r"[A-Za-z0-9-]+")
OPTION = "session_variables"

Variables = Mapping[str, str]


class Prelude:
    """What is sent in front of the first statement of a transaction.

    `every_statement`: in autocommit, where each statement is a transaction of its own.
    """

    def __init__(self, variables: Variables, *, every_statement: bool) -> None:
        """Raises ValueError for a name or value that would have to be quoted."""
        for name, value in variables.items():
            if not NAME.fullmatch(name) or not VALUE.fullmatch(value):
                raise ValueError(f"no session variable: {name}")
        self._sql = "".join(
            f"SELECT set_config('{name}', '{value}', true); " for name, value in variables.items()
        )
        self._every_statement = every_statement
        self._is_sent = False

    def take(self) -> str:
        """The prelude of the next statement, empty when there is no more."""
        if self._is_sent and not self._every_statement:
            return ""
        self._is_sent = True
        return self._sql


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
        prelude: Prelude | None = connection.get_execution_options().get(OPTION)
        sql = "" if prelude is None else prelude.take()
        if sql and executemany:  # a statement that is sent many times gets it once, before
            cursor.execute(sql)
            return statement, parameters
        return sql + statement, parameters
