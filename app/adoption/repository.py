"""Looking at the catalog of a database, and carrying out a plan in it."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain, repeat
from typing import Any, TypeVar

import structlog
from psycopg2 import errors
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from app.adoption.shape import (
    Check,
    Column,
    Expected,
    ForeignKey,
    Found,
    Index,
    Manner,
    Plan,
    Statement,
    Table,
    Unique,
)
from app.adoption.spelling import TRIGGER

logger = structlog.get_logger()
T = TypeVar("T")

RECORD = "kenalidiri_adopted_tables"
BATCH = 2000  # rows of one update: who wants one of them waits for an instant
# Whoever wants the table queues behind a lock that is waited for: wait shortly, try again.
LOCK_TIMEOUT = "50ms"
PAUSES_S = (0.05, 0.1, 0.2, 0.4, 0.8)
GIVE_UP_AFTER_S = 60.0
_ACTIONS = ("NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT")
DELETE_ACTIONS = dict(zip("arcnd", _ACTIONS, strict=True))  # by pg_constraint.confdeltype

_OURS = (
    "FROM pg_class c JOIN {catalog} WHERE c.relnamespace = current_schema()::regnamespace"
    " AND c.relname = ANY(:names)"
)
COLUMNS = text(
    "SELECT c.relname AS table_name, c.relkind, a.attname,"
    " CASE WHEN NOT pg_has_role(c.relowner, 'USAGE') THEN pg_get_userbyid(c.relowner) END"
    " AS foreign_owner,"
    " format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull,"
    " pg_get_expr(d.adbin, d.adrelid) AS default_value, a.attidentity, a.attgenerated,"
    " EXISTS (SELECT FROM pg_depend p WHERE p.refobjid = c.oid AND p.refobjsubid = a.attnum"
    " AND p.classid = 'pg_rewrite'::regclass) AS in_view "
    + _OURS.format(
        catalog="pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
        " LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
    )
    + " ORDER BY c.relname, a.attnum"
)
CONSTRAINTS = text(
    "SELECT c.relname AS table_name, k.conname, k.contype, k.confdeltype, t.relname AS target,"
    " pg_get_expr(k.conbin, k.conrelid) AS rule,"
    " ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS key(number, place)"
    " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = key.number ORDER BY place)"
    " AS columns "
    + _OURS.format(
        catalog="pg_constraint k ON k.conrelid = c.oid LEFT JOIN pg_class t ON t.oid = k.confrelid"
    )
)
INDEXES = text(
    "SELECT c.relname AS table_name, n.relname AS name, i.indisunique, i.indisvalid,"
    " i.indpred IS NOT NULL AS partial, i.indexprs IS NULL AND i.indimmediate AS plain,"
    " ARRAY(SELECT pg_get_indexdef(i.indexrelid, place, true)"
    " || CASE WHEN i.indoption[place - 1] & 1 = 1 THEN ' DESC' ELSE '' END"
    " FROM generate_series(1, i.indnkeyatts) AS place ORDER BY place) AS keys "
    + _OURS.format(
        catalog="pg_index i ON i.indrelid = c.oid JOIN pg_class n ON n.oid = i.indexrelid"
    )
)
MIRRORS = text(
    "SELECT c.relname AS table_name, f.prosrc "
    + _OURS.format(catalog="pg_trigger g ON g.tgrelid = c.oid JOIN pg_proc f ON f.oid = g.tgfoid")
    + " AND g.tgname = :trigger AND g.tgenabled <> 'D'"
)
NAMES = text(
    "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
    " AND relkind IN ('r', 'p')"
)
LABELS = text(
    "SELECT t.typname, e.enumlabel FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid"
    " WHERE t.typnamespace = current_schema()::regnamespace AND t.typname = ANY(:names)"
    " ORDER BY t.typname, e.enumsortorder"
)


def inspect(connection: Connection, expected: Expected) -> Found:
    """What the database has of the expected tables and types, in the schema in use."""
    names = {"names": [table.name for table in expected.tables]}
    tables = _columns(connection.execute(COLUMNS, names))
    _add_constraints(tables, connection.execute(CONSTRAINTS, names))
    _add_indexes(tables, connection.execute(INDEXES, names))
    for row in connection.execute(MIRRORS, {**names, "trigger": TRIGGER}):
        tables[row.table_name] = replace(tables[row.table_name], mirror=row.prosrc)
    labels: dict[str, list[str]] = defaultdict(list)
    for row in connection.execute(LABELS, {"names": list(expected.enums)}):
        labels[row.typname].append(row.enumlabel)
    return Found(
        tables=tables,
        enums={name: tuple(found) for name, found in labels.items()},
        names=frozenset(connection.scalars(NAMES)),
    )


def _columns(rows: Any) -> dict[str, Table]:
    tables: dict[str, Any] = {}
    columns: dict[str, dict[str, Column]] = defaultdict(dict)
    for row in rows:
        tables[row.table_name] = row
        columns[row.table_name][row.attname] = Column(
            name=row.attname,
            type=row.type,
            nullable=not row.attnotnull,
            default=row.default_value,
            identity_always=row.attidentity == "a",
            generated=bool(row.attidentity or row.attgenerated),
            in_view=row.in_view,
        )
    return {
        name: Table(
            name,
            columns[name],
            primary_key=(),
            is_table=row.relkind in "rp",
            foreign_owner=row.foreign_owner,
        )
        for name, row in tables.items()
    }


def _add_constraints(tables: dict[str, Table], rows: Any) -> None:
    for row in rows:
        table = tables[row.table_name]
        columns = tuple(row.columns)
        if row.contype == "p":
            table = replace(table, primary_key=columns)
        elif row.contype == "c":
            check = Check(row.conname, row.rule, columns)
            table = replace(table, checks=(*table.checks, check))
        elif row.contype == "f" and len(columns) == 1:
            action = DELETE_ACTIONS[row.confdeltype]
            key = ForeignKey(row.conname, columns[0], row.target, action)
            table = replace(table, foreign_keys=(*table.foreign_keys, key))
        tables[row.table_name] = table


def _add_indexes(tables: dict[str, Table], rows: Any) -> None:
    """Unique constraints are read here too: a unique index without one serves as well."""
    for row in rows:
        table = tables[row.table_name]
        keys = ", ".join(row.keys)
        index = Index(row.name, keys, partial=row.partial, valid=row.indisvalid)
        table = replace(table, indexes=(*table.indexes, index))
        if row.indisunique and row.indisvalid and row.plain and not row.partial:
            columns = tuple(key.removesuffix(" DESC") for key in row.keys)
            table = replace(table, uniques=(*table.uniques, Unique(row.name, columns)))
        tables[row.table_name] = table


class StoredRows:
    """What a comparison asks about rows, asked of the database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def count(self, table: str, condition: str) -> int:
        found = self._connection.scalar(text(f"SELECT count(*) FROM {table} WHERE {condition}"))
        return int(found or 0)

    def refused(self, column: Column, check: Check) -> list[str]:
        rule = check.rule.replace(":", "\\:")
        statement = (
            f"SELECT {column.name} FROM unnest(CAST(:values AS text[])) AS given({column.name})"
            f" WHERE NOT ({rule})"
        )
        return list(self._connection.scalars(text(statement), {"values": list(column.values)}))


def adopted_tables(connection: Connection) -> frozenset[str]:
    """The tables that were there before this service's first migration."""
    if not connection.scalar(text("SELECT to_regclass(:record) IS NOT NULL"), {"record": RECORD}):
        return frozenset()
    return frozenset(connection.scalars(text(f"SELECT table_name FROM {RECORD}")))


def record_adopted(connection: Connection, names: Sequence[str]) -> None:
    """Remember, once, what a downgrade must leave alone."""
    if names and not adopted_tables(connection):
        connection.execute(
            text(
                f"CREATE TABLE IF NOT EXISTS {RECORD} (table_name text PRIMARY KEY,"
                " adopted_at timestamptz NOT NULL DEFAULT now())"
            )
        )
        connection.execute(
            text(f"INSERT INTO {RECORD} (table_name) SELECT unnest(CAST(:names AS text[]))"),
            {"names": list(names)},
        )


def forget_adopted(connection: Connection, names: Sequence[str]) -> None:
    """These tables are made by this service, whatever stood there once."""
    if set(names) & adopted_tables(connection):
        connection.execute(
            text(f"DELETE FROM {RECORD} WHERE table_name = ANY(:names)"), {"names": list(names)}
        )


def carry_out(connection: Connection, plan: Plan) -> None:
    """Run the steps in order, each statement as a transaction of its own (autocommit)."""
    with _patience(connection):
        for step in plan.steps:
            if plan.adopted:  # what happens to tables of others can be read afterwards
                logger.info("adoption_step", table=step.table, step=step.words)
            for statement in step.statements:
                _MANNERS[statement.manner](connection, statement)


@contextmanager
def _patience(connection: Connection) -> Iterator[None]:
    """Reading a big table may take its time; a lock on it may not."""
    wanted = {"lock_timeout": LOCK_TIMEOUT, "statement_timeout": "0"}
    before = {name: str(connection.scalar(text(f"SHOW {name}"))) for name in wanted}
    _set(connection, wanted)
    try:
        yield
    finally:
        _set(connection, before)


def _set(connection: Connection, values: Mapping[str, str]) -> None:
    for name, value in values.items():
        connection.execute(text(f"SET {name} = '{value}'"))


def _brief(connection: Connection, statement: Statement) -> None:
    _persist(lambda: connection.execute(text(statement.sql)))


def _batched(connection: Connection, statement: Statement) -> None:
    def next_batch() -> int | None:
        found: int | None = connection.scalar(text(statement.sql), {"after": after, "size": BATCH})
        return found

    after: int | None = -(2**63)
    while after is not None:
        after = _persist(next_batch)


def _persist(attempt: Callable[[], T]) -> T:
    """Try until the lock is free at once; raises the last refusal after GIVE_UP_AFTER_S."""
    deadline = time.monotonic() + GIVE_UP_AFTER_S
    pauses_s = chain(PAUSES_S, repeat(PAUSES_S[-1]))
    while True:
        try:
            return attempt()
        except DBAPIError as error:
            busy = isinstance(error.orig, errors.LockNotAvailable | errors.DeadlockDetected)
            if not busy or time.monotonic() > deadline:
                raise
        time.sleep(next(pauses_s))


def _patient(connection: Connection, statement: Statement) -> None:
    """Its lock lets others read and write, and so does waiting for it."""
    _set(connection, {"lock_timeout": "0"})
    try:
        connection.execute(text(statement.sql))
    finally:
        _set(connection, {"lock_timeout": LOCK_TIMEOUT})


def _validate(connection: Connection, statement: Statement) -> None:
    try:
        _patient(connection, statement)
    except DBAPIError as error:
        if not isinstance(error.orig, errors.CheckViolation | errors.ForeignKeyViolation):
            raise
        logger.warning("adoption_rule_for_new_rows_only", statement=statement.sql)


_MANNERS: Mapping[Manner, Callable[[Connection, Statement], None]] = {
    Manner.BRIEF: _brief,
    Manner.PATIENT: _patient,
    Manner.VALIDATE: _validate,
    Manner.BATCHED: _batched,
}
