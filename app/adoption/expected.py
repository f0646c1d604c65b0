"""The tables that a MetaData describes, as the comparison takes them."""

import re

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable, SchemaItem

from app.adoption.shape import Check, Column, Expected, ForeignKey, Index, Table, Unique

GO_FOREIGN_KEY_PREFIX = "fk_go_"
SESSIONS = "careerprofile_test_sessions"
HISTORY = "kenalidiri_history"

# Tables that Go or an earlier service may have begun before us.
SHARED_TABLES = (
    SESSIONS,
    HISTORY,
    "riasec_codes",
    "riasec_question_sets",
    "riasec_responses",
    "riasec_results",
    "ikigai_candidate_professions",
    "ikigai_responses",
    "ikigai_dimension_scores",
    "ikigai_total_scores",
    "career_recommendations",
    "fit_check_results",
)
# Keys to tables that Go owns: added where those tables exist, hidden from autogenerate.
GO_FOREIGN_KEYS = {
    SESSIONS: {"user_id": "users"},
    HISTORY: {"user_id": "users", "test_category_id": "kenalidiri_categories"},
}

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
_DDL = _DIALECT.ddl_compiler(_DIALECT, None)  # type: ignore[arg-type]  # it needs no statement
_LIST = re.compile(r"(\w+) IN \(('[^()]*')\)")


def expected_of(metadata: sa.MetaData) -> Expected:
    """The shared tables of a MetaData, each after those that it refers to."""
    tables = [table for table in metadata.sorted_tables if table.key in SHARED_TABLES]
    enums = {
        column.type.name: tuple(column.type.enums)
        for table in tables
        for column in table.columns
        if isinstance(column.type, sa.Enum) and column.type.name
    }
    return Expected(tuple(map(_table, tables)), enums)


def _table(table: sa.Table) -> Table:
    checks = [
        Check(_name(item), str(item.sqltext))
        for item in table.constraints
        if isinstance(item, sa.CheckConstraint)
    ]
    lists = _closed_lists(checks)
    columns = {column.name: _column(column, lists.get(column.name, ())) for column in table.columns}
    indexes = [_index(index) for index in table.indexes]
    return Table(
        name=table.name,
        columns=columns,
        primary_key=tuple(column.name for column in table.primary_key.columns),
        uniques=tuple(
            Unique(_name(item), tuple(column.name for column in item.columns))
            for item in table.constraints
            if isinstance(item, sa.UniqueConstraint)
        ),
        foreign_keys=_foreign_keys(table),
        checks=tuple(sorted(checks, key=lambda item: item.name)),
        indexes=tuple(sorted(indexes, key=lambda item: item.name)),
        create=(_sql(CreateTable(table)), *sorted(index.sql for index in indexes)),
    )


def _column(column: sa.Column[object], values: tuple[str, ...]) -> Column:
    is_enum = isinstance(column.type, sa.Enum)
    return Column(
        name=column.name,
        type=_type(column),
        nullable=bool(column.nullable),
        default=_DDL.get_column_default_string(column),
        values=tuple(column.type.enums) if isinstance(column.type, sa.Enum) else values,
        is_enum=is_enum,
    )


def _type(column: sa.Column[object]) -> str:
    """As `format_type` prints it."""
    compiled = str(column.type.compile(dialect=_DIALECT))
    if isinstance(column.type, sa.Enum):
        return compiled
    return compiled.lower().replace("varchar", "character varying").replace(", ", ",")


def _foreign_keys(table: sa.Table) -> tuple[ForeignKey, ...]:
    ours = [
        ForeignKey(
            _name(item),
            item.columns[0].name,
            item.elements[0].target_fullname.partition(".")[0],
            item.ondelete or "NO ACTION",
        )
        for item in table.constraints
        if isinstance(item, sa.ForeignKeyConstraint)
    ]
    to_go = [
        ForeignKey(
            f"{GO_FOREIGN_KEY_PREFIX}{table.name}_{column}", column, target, "CASCADE", guarded=True
        )
        for column, target in GO_FOREIGN_KEYS.get(table.name, {}).items()
    ]
    return (*sorted(ours, key=lambda key: key.name), *to_go)


def _index(index: sa.Index) -> Index:
    sql = _sql(CreateIndex(index))
    keys = sql.partition("(")[2].partition(" WHERE ")[0].rstrip().removesuffix(")")
    return Index(str(index.name), keys, sql, partial=" WHERE " in sql)


def _closed_lists(checks: list[Check]) -> dict[str, tuple[str, ...]]:
    """The values by column that rules of the form `column IN ('a', 'b')` allow."""
    found = {}
    for check in checks:
        if match := _LIST.fullmatch(check.rule):
            found[match[1]] = tuple(re.findall(r"'([^']*)'", match[2]))
    return found


def _name(item: SchemaItem) -> str:
    return str(_DIALECT.identifier_preparer.format_constraint(item))  # type: ignore[arg-type]


def _sql(item: CreateTable | CreateIndex) -> str:
    return str(item.compile(dialect=_DIALECT)).strip()
