"""The shape of tables: what this service needs, what a database has, and the plan between."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Column:
    """`type` as PostgreSQL prints it; `values` is the closed list of what we write, if any."""

    name: str
    type: str
    nullable: bool
    default: str | None = None
    values: tuple[str, ...] = ()
    is_enum: bool = False
    identity_always: bool = False
    generated: bool = False  # an identity or a computed column: inserts may leave it out
    in_view: bool = False  # a view reads it: PostgreSQL refuses to change its type


@dataclass(frozen=True, slots=True)
class Unique:
    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """From one column to the `id` of another table. `on_delete` as in SQL.

    A `guarded` one is wanted only where its target exists.
    """

    name: str
    column: str
    target: str
    on_delete: str
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """`columns` are known of found checks only."""

    name: str
    rule: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Index:
    """`keys` as in SQL ("user_id, started_at DESC"); `partial` ones equal by name only."""

    name: str
    keys: str
    sql: str = ""
    partial: bool = False
    valid: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """`create` makes an expected table; `is_table` is false of a view that has the name."""

    name: str
    columns: Mapping[str, Column]
    primary_key: tuple[str, ...]
    uniques: tuple[Unique, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    indexes: tuple[Index, ...] = ()
    create: tuple[str, ...] = ()
    is_table: bool = True
    foreign_owner: str | None = None  # the role that owns it, when we may not act as that role
    mirror: str | None = None  # the body of the function that keeps both spellings equal


@dataclass(frozen=True, slots=True)
class Expected:
    """Tables in an order in which each comes after those that it refers to; enums by name."""

    tables: tuple[Table, ...]
    enums: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Found:
    """What the database has; `names` are those of all tables, also of those that are not ours."""

    tables: Mapping[str, Table]
    enums: Mapping[str, tuple[str, ...]]
    names: frozenset[str]


class Manner(StrEnum):
    """How a statement meets those who use the table meanwhile."""

    BRIEF = "brief"  # locks them out for an instant: must get its lock at once, or tries again
    PATIENT = "patient"  # reads the whole table and keeps nobody waiting
    VALIDATE = "validate"  # patient; when existing rows break the rule, it stays for new rows only
    BATCHED = "batched"  # an UPDATE in pieces, each with a transaction of its own


@dataclass(frozen=True, slots=True)
class Statement:
    sql: str
    manner: Manner = Manner.BRIEF


@dataclass(frozen=True, slots=True)
class Step:
    """One difference that is closed; `words` tell a person."""

    table: str
    words: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Either `steps` in order, or `obstacles` that a person must remove first.

    `kept` tells what differs from our own tables and stays as it is. `adopted` are the tables
    that were there, `created` the others.
    """

    steps: tuple[Step, ...]
    obstacles: tuple[str, ...]
    kept: tuple[str, ...]
    adopted: tuple[str, ...]
    created: tuple[str, ...]
