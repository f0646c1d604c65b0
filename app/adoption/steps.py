"""The steps of a plan: what closes one difference, as statements and as words.

None keeps other users of the table waiting for longer than an instant: what has to read all rows
does so under a lock that lets them read and write, or in pieces.
"""

from collections.abc import Sequence

from app.adoption import spelling
from app.adoption.fills import Fill
from app.adoption.shape import (
    Check,
    Column,
    ForeignKey,
    Index,
    Manner,
    Statement,
    Step,
    Table,
    Unique,
)


def create_enum(name: str, labels: Sequence[str]) -> Step:
    listed = ", ".join(f"'{label}'" for label in labels)
    sql = f"CREATE TYPE {name} AS ENUM ({listed})"
    return Step(name, f"create the type ({', '.join(labels)})", (Statement(sql),))


def add_labels(name: str, labels: Sequence[str]) -> Step:
    statements = [Statement(f"ALTER TYPE {name} ADD VALUE IF NOT EXISTS '{x}'") for x in labels]
    return Step(name, f"add the values {', '.join(labels)}", tuple(statements))


def create_table(table: Table) -> Step:
    return Step(table.name, "create the table", (Statement(";\n".join(table.create)),))


def create_all(tables: Sequence[Table]) -> Step:
    """As one statement, and so in one transaction."""
    sql = ";\n".join(part for table in tables for part in table.create)
    names = ", ".join(table.name for table in tables[1:])
    return Step(tables[0].name, f"create the table, and with it {names}", (Statement(sql),))


def add_column(table: str, column: Column, fill: Fill | None) -> Step:
    """With `fill` for existing rows; a column that they get nothing in may hold NULL at first."""
    default = fill.constant if fill and fill.constant else column.default
    required = not column.nullable and (default is not None or fill is None)
    sql = f"ALTER TABLE {table} ADD COLUMN {column.name} {serial(column)}"
    sql += f" DEFAULT {default}" if default is not None else ""
    sql += " NOT NULL" if required else ""
    if default != column.default:
        sql += f";\nALTER TABLE {table} ALTER COLUMN {column.name} {_default(column)}"
    words = f"add column {column.name} {column.type}"
    words += f" default {column.default}" if column.default is not None else ""
    return Step(table, words, (Statement(sql),))


def serial(column: Column) -> str:
    return "bigserial" if column.name == "id" else column.type


def _default(column: Column) -> str:
    return "DROP DEFAULT" if column.default is None else f"SET DEFAULT {column.default}"


def fill_rows(table: str, column: str, fill: Fill) -> Step:
    changes = ", ".join(filter(None, (f"{column} = {fill.value}", fill.also)))
    sql = batched(table, changes, fill.where)
    words = f"existing rows get {fill.words} in {column}"
    return Step(table, words, (Statement(sql, Manner.BATCHED),))


def batched(table: str, changes: str, where: str) -> str:
    """An update of the next rows after `:after`, in the order of their ids. Gives the last id."""
    return (
        f"WITH batch AS (SELECT id FROM {table} WHERE id > :after ORDER BY id LIMIT :size),"
        f" changed AS (UPDATE {table} SET {changes} FROM batch"
        f" WHERE {table}.id = batch.id AND ({where}))"
        " SELECT max(id) FROM batch"
    )


def widen_text(table: str, column: Column) -> Step:
    sql = f"ALTER TABLE {table} ALTER COLUMN {column.name} TYPE {column.type}"
    return Step(table, f"widen {column.name} to {column.type}", (Statement(sql),))


def allow_null(table: str, column: str) -> Step:
    sql = f'ALTER TABLE {table} ALTER COLUMN "{column}" DROP NOT NULL'
    return Step(table, f"allow NULL in {column}", (Statement(sql),))


def change_default(table: str, column: Column) -> Step:
    words = f"default of {column.name}: {column.default or 'none'}"
    sql = f"ALTER TABLE {table} ALTER COLUMN {column.name} {_default(column)}"
    return Step(table, words, (Statement(sql),))


def require(table: str, column: str) -> Step:
    """NOT NULL without reading the table under a lock: a validated check spares the reading."""
    name = f"nn_{table}_{column}"[:63]
    alter = f"ALTER TABLE {table}"
    return Step(
        table,
        f"require {column}",
        (
            Statement(
                f"{alter} DROP CONSTRAINT IF EXISTS {name},"
                f" ADD CONSTRAINT {name} CHECK ({column} IS NOT NULL) NOT VALID"
            ),
            Statement(f"{alter} VALIDATE CONSTRAINT {name}", Manner.PATIENT),
            # Not in one statement: it would drop the check first, and then read the table.
            Statement(f"{alter} ALTER COLUMN {column} SET NOT NULL"),
            Statement(f"{alter} DROP CONSTRAINT {name}"),
        ),
    )


def number_ids(table: str) -> Step:
    sequence = f"{table}_id_seq"
    sql = (
        f"CREATE SEQUENCE IF NOT EXISTS {sequence};"
        f"\nALTER SEQUENCE {sequence} OWNED BY {table}.id;"
        f"\nSELECT setval('{sequence}', (SELECT COALESCE(max(id), 0) + 1 FROM {table}), false);"
        f"\nALTER TABLE {table} ALTER COLUMN id SET DEFAULT nextval('{sequence}')"
    )
    return Step(table, "number new ids by a sequence", (Statement(sql),))


def let_ids_be_given(table: str) -> Step:
    sql = f"ALTER TABLE {table} ALTER COLUMN id SET GENERATED BY DEFAULT"
    return Step(table, "let ids be given by an insert", (Statement(sql),))


def add_key(table: str, key: Unique, *, primary: bool) -> Step:
    """The index is built beside the traffic and then taken as the constraint's."""
    kind = "PRIMARY KEY" if primary else "UNIQUE"
    listed = ", ".join(key.columns)
    return Step(
        table,
        f"add {kind.lower()} ({listed})",
        (
            *_build(f"CREATE UNIQUE INDEX {key.name} ON {table} ({listed})", key.name),
            Statement(
                f"ALTER TABLE {table} ADD CONSTRAINT {key.name} {kind} USING INDEX {key.name}"
            ),
        ),
    )


def add_index(table: str, index: Index) -> Step:
    return Step(table, f"add index {index.name} ({index.keys})", _build(index.sql, index.name))


def _build(sql: str, name: str) -> tuple[Statement, ...]:
    """What an earlier, broken attempt left under the name goes first."""
    concurrently = sql.replace("INDEX", "INDEX CONCURRENTLY", 1)
    return (
        Statement(f"DROP INDEX CONCURRENTLY IF EXISTS {name}", Manner.PATIENT),
        Statement(concurrently, Manner.PATIENT),
    )


def add_check(table: str, check: Check) -> Step:
    return _add_constraint(table, check.name, f"CHECK ({check.rule})", f"check ({check.rule})")


def add_foreign_key(table: str, key: ForeignKey) -> Step:
    words = f"foreign key ({key.column}) to {key.target} on delete {key.on_delete.lower()}"
    return _add_constraint(table, key.name, _reference(key), words)


def _reference(key: ForeignKey) -> str:
    return f"FOREIGN KEY ({key.column}) REFERENCES {key.target} (id) ON DELETE {key.on_delete}"


def _add_constraint(table: str, name: str, rule: str, words: str) -> Step:
    return Step(
        table,
        f"add {words}; existing rows that break it stay",
        (
            Statement(f"ALTER TABLE {table} ADD CONSTRAINT {name} {rule} NOT VALID"),
            Statement(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}", Manner.VALIDATE),
        ),
    )


def let_cascade(table: str, found: ForeignKey, wanted: ForeignKey) -> Step:
    """The same key under the same name; only what a deletion does changes."""
    alter = f"ALTER TABLE {table}"
    key = ForeignKey(found.name, wanted.column, wanted.target, wanted.on_delete)
    return Step(
        table,
        f"foreign key {found.name}: on delete {wanted.on_delete.lower()}"
        f" instead of {found.on_delete.lower()}",
        (
            Statement(
                f'{alter} DROP CONSTRAINT "{found.name}",'
                f' ADD CONSTRAINT "{found.name}" {_reference(key)} NOT VALID'
            ),
            Statement(f'{alter} VALIDATE CONSTRAINT "{found.name}"', Manner.VALIDATE),
        ),
    )


def keep_equal(table: str, text: str, pairs: list[tuple[str, str]], documents: set[str]) -> Step:
    changes, differing = spelling.equalise(pairs, documents)
    return Step(
        table,
        "keep equal by a trigger, in existing rows too: "
        + ", ".join(f"{ours} = {theirs}" for ours, theirs in pairs),
        (
            Statement(
                f"{spelling.create_function(table, text)};\n{spelling.create_trigger(table)}"
            ),
            Statement(batched(table, changes, differing), Manner.BATCHED),
        ),
    )
