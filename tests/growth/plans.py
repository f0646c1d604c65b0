"""What PostgreSQL would do for a statement: the looks at tables in its plan."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg2 import extensions

# What travels in front of a statement: settings of its transaction, and the lock of a start.
PRELUDE = re.compile(
    r"(?:SELECT set_config\('[^']*', '[^']*', true\); |SELECT pg_advisory[^;]*; )+"
)
INDEXES = """
    SELECT n.relname, t.relname, a.attname
    FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_class n ON n.oid = i.indexrelid
    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
"""


@dataclass(frozen=True, slots=True)
class Scan:
    """One look at a table: `found_by` names the first column of the index, None: all is read.

    A condition on a later column alone reads the whole index, and counts as reading all.
    """

    table: str
    kind: str
    found_by: str | None
    rows: int


class Planner:
    """Asks for plans on this connection; nothing is run."""

    def __init__(self, connection: extensions.connection) -> None:
        self._connection = connection
        with connection.cursor() as cursor:
            cursor.execute(INDEXES)
            self._indexes = {name: (table, column) for name, table, column in cursor.fetchall()}

    def scans_of(self, statement: str, values: Any) -> list[Scan]:
        found = PRELUDE.match(statement)
        prelude = found[0] if found else ""
        with self._connection.cursor() as cursor:
            if prelude:
                cursor.execute(prelude, values)
            cursor.execute("EXPLAIN (FORMAT JSON) " + statement.removeprefix(prelude), values)
            ((plans,),) = cursor.fetchall()
        self._connection.rollback()
        return [scan for plan in plans for scan in self._scans(plan.get("Plan", {}))]

    def _scans(self, node: Mapping[str, Any]) -> Iterator[Scan]:
        kind = node.get("Node Type", "")
        if "Index Name" in node:
            table, column = self._indexes[node["Index Name"]]
            condition = node.get("Index Cond", "")
            by = column if re.search(rf"\b{column}\b", condition) else None
            yield Scan(table, kind, by, node["Plan Rows"])
        elif kind == "Seq Scan":
            yield Scan(node["Relation Name"], kind, None, node["Plan Rows"])
        for child in node.get("Plans", ()):
            yield from self._scans(child)
