"""Comparing the tables that this service needs with those that a database has. No IO."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Protocol

from app.adoption import spelling, steps
from app.adoption.fills import FILLS, fill_of_null
from app.adoption.shape import Check, Column, Expected, Found, Plan, Step, Table, Unique
from app.adoption.types import Fit, fit

_INTEGERS = {"integer", "bigint"}
_HOLDS_BACK = {"NO ACTION", "RESTRICT", "SET NULL", "SET DEFAULT"}


class Rows(Protocol):
    """What a comparison has to know of the rows."""

    def count(self, table: str, condition: str) -> int:
        """How many rows hold the condition."""

    def refused(self, column: Column, check: Check) -> list[str]:
        """Which of the column's `values` a check of somebody else refuses."""


def compare(expected: Expected, found: Found, rows: Rows) -> Plan:
    """The plan from what is found to what is expected; empty when nothing is to be done."""
    absent = [table for table in expected.tables if table.name not in found.tables]
    there = [
        _Comparison(table, found.tables[table.name], found, rows)
        for table in expected.tables
        if table.name in found.tables
    ]
    for comparison in there:
        comparison.run()
    by_table = {one.wanted.name: one.steps for one in there}
    by_table |= {table.name: [steps.create_table(table)] for table in absent}
    if not there:  # all or none: what an interrupted run left would look like others' tables
        by_table |= {table.name: [] for table in absent}
        by_table[absent[0].name] = [steps.create_all(absent)]
    go_keys = [_go_keys(table, found) for table in absent]
    ordered = [
        *_enum_steps(expected, found),
        *chain.from_iterable(by_table[table.name] for table in expected.tables),
        *chain.from_iterable(go_keys),
    ]
    obstacles = tuple(line for one in there for line in one.obstacles)
    return Plan(
        steps=() if obstacles else tuple(ordered),
        obstacles=obstacles,
        kept=tuple(line for one in there for line in one.kept),
        adopted=tuple(one.wanted.name for one in there),
        created=tuple(table.name for table in absent),
    )


def _enum_steps(expected: Expected, found: Found) -> Iterator[Step]:
    """Where a text column stands in for the enum, the type is not needed."""
    for name, labels in expected.enums.items():
        known = found.enums.get(name)
        if known is None:
            if any(_lacks_column_of(table, name, found) for table in expected.tables):
                yield steps.create_enum(name, labels)
        elif missing := [label for label in labels if label not in known]:
            yield steps.add_labels(name, missing)


def _lacks_column_of(table: Table, enum: str, found: Found) -> bool:
    there = found.tables.get(table.name)
    columns = [column for column in table.columns.values() if column.type == enum]
    return any(there is None or column.name not in there.columns for column in columns)


def _go_keys(table: Table, found: Found) -> list[Step]:
    return [
        steps.add_foreign_key(table.name, key)
        for key in table.foreign_keys
        if key.guarded and key.target in found.names
    ]


class _Comparison:
    """Of one table that is there: collects steps, obstacles, and what is kept."""

    def __init__(self, wanted: Table, there: Table, found: Found, rows: Rows) -> None:
        self.wanted = wanted
        self.there = there
        self._found = found
        self._rows = rows
        self._spellings = spelling.SPELLINGS.get(wanted.name, ())
        self._later: list[Step] = []  # after all columns are there
        self.steps: list[Step] = []
        self.obstacles: list[str] = []
        self.kept: list[str] = []

    @property
    def name(self) -> str:
        return self.wanted.name

    def run(self) -> None:
        if not self.there.is_table:
            self.obstacles.append(f"{self.name} is not a table")
            return
        for column in self.wanted.columns.values():
            found = self.there.columns.get(column.name)
            if found is None:
                self._add_column(column)
            else:
                self._compare_column(column, found)
        self._let_inserts_through()
        self._compare_ids()
        self._compare_spellings()
        self.steps += self._later
        self._compare_uniques()
        self._compare_checks()
        self._compare_foreign_keys()
        self._compare_indexes()
        if self.steps and self.there.foreign_owner is not None:
            self.obstacles.append(
                f"{self.name} belongs to {self.there.foreign_owner}: migrate as that role, or as"
                " one that is a member of it"
            )

    def _add_column(self, column: Column) -> None:
        fill = FILLS.get((self.name, column.name))
        if not self._rows.count(self.name, "true"):
            fill = None
        elif not column.nullable and column.default is None and fill is None:
            self.obstacles.append(
                f"{self.name}.{column.name} is missing, and what its existing rows should hold"
                " cannot be known"
            )
            return
        self.steps.append(steps.add_column(self.name, column, fill))
        if fill is not None:
            self._later.append(steps.fill_rows(self.name, column.name, fill))
            if not column.nullable and column.default is None:
                self._later.append(steps.require(self.name, column.name))

    def _compare_column(self, wanted: Column, found: Column) -> None:
        how = fit(wanted, found)
        place = f"{self.name}.{wanted.name}"
        if how is Fit.NOT:
            self.obstacles.append(f"{place} is {found.type}; {wanted.type} is needed")
            return
        if how is Fit.WIDEN and found.in_view:
            self.obstacles.append(
                f"{place} is {found.type}; {wanted.type} is needed, and a view that reads it"
                " keeps it from being widened"
            )
            return
        if how is Fit.WIDEN:
            self.steps.append(steps.widen_text(self.name, wanted))
        elif how is Fit.KEPT:
            self.kept.append(f"{place} stays {found.type} (ours: {wanted.type})")
        self._compare_default(wanted, found)
        self._compare_null(wanted, found)

    def _compare_default(self, wanted: Column, found: Column) -> None:
        """A value of its own where ours is NULL until something happens would be a wrong fact."""
        adds = wanted.default is not None and found.default is None
        removes = wanted.nullable and wanted.default is None and found.default is not None
        if (adds or removes) and not found.generated:
            self.steps.append(steps.change_default(self.name, wanted))

    def _compare_null(self, wanted: Column, found: Column) -> None:
        if wanted.nullable and not found.nullable:
            self.steps.append(steps.allow_null(self.name, wanted.name))
        elif found.nullable and not wanted.nullable:
            empty = self._rows.count(self.name, f"{wanted.name} IS NULL")
            fill = fill_of_null(self.name, wanted)
            if empty and fill is None:
                self.kept.append(f"{self.name}.{wanted.name} may be NULL, as in {empty} rows")
                return
            if empty and fill is not None:
                self._later.append(steps.fill_rows(self.name, wanted.name, fill))
            self._later.append(steps.require(self.name, wanted.name))

    def _let_inserts_through(self) -> None:
        """Columns of others that must be given: our inserts do not know them."""
        for name, column in self.there.columns.items():
            is_free = column.nullable or column.default is not None or column.generated
            is_known = name in self.wanted.columns or name in dict(self._spellings).values()
            if not is_free and not is_known and name not in self.there.primary_key:
                self.steps.append(steps.allow_null(self.name, name))

    def _compare_ids(self) -> None:
        if self.there.primary_key not in {(), self.wanted.primary_key}:
            listed = ", ".join(self.there.primary_key)
            self.obstacles.append(f"the primary key of {self.name} is ({listed}); (id) is needed")
        found = self.there.columns.get("id")
        if found is None or found.type not in _INTEGERS:
            return
        if found.identity_always:
            self.steps.append(steps.let_ids_be_given(self.name))
        elif found.default is None and not found.generated:
            self.steps.append(steps.number_ids(self.name))
        if not self.there.primary_key:
            self._add_key(Unique(f"pk_{self.name}", ("id",)), primary=True)

    def _compare_spellings(self) -> None:
        pairs = []
        for ours, theirs in self._spellings:
            column = self.there.columns.get(theirs)
            wanted = self.wanted.columns[ours]
            if column is None:
                continue
            if column.type != wanted.type and {column.type, wanted.type} - _INTEGERS:
                self.obstacles.append(
                    f"{self.name}.{theirs} is {column.type}; {wanted.type} is needed to hold"
                    f" the same as {ours}"
                )
            if column.default is not None:  # it would be taken for an answer
                self.steps.append(steps.change_default(self.name, replace(column, default=None)))
            if not column.nullable:
                self.steps.append(steps.allow_null(self.name, theirs))
            pairs.append((ours, theirs))
        documents = {ours for ours, _ in pairs if self.wanted.columns[ours].type == "jsonb"}
        text = spelling.body(pairs, documents)
        if pairs and self.there.mirror != text:
            self.steps.append(steps.keep_equal(self.name, text, pairs, documents))

    def _compare_uniques(self) -> None:
        known = {frozenset(key.columns) for key in self.there.uniques}
        for key in self.wanted.uniques:
            if frozenset(key.columns) not in known:
                self._add_key(key, primary=False)

    def _add_key(self, key: Unique, *, primary: bool) -> None:
        listed = ", ".join(key.columns)
        if set(key.columns) <= self.there.columns.keys():
            several = f"SELECT {listed} FROM {self.name} GROUP BY {listed} HAVING count(*) > 1"
            count = self._rows.count(self.name, f"({listed}) IN ({several})")
            if count:
                self.obstacles.append(
                    f"{self.name}: {count} rows share their {listed} with another row"
                )
        self.steps.append(steps.add_key(self.name, key, primary=primary))

    def _compare_checks(self) -> None:
        names = {check.name for check in self.there.checks}
        wanted = [*self.wanted.checks, *self._checks_for_enums()]
        self.steps += [
            steps.add_check(self.name, check) for check in wanted if check.name not in names
        ]
        ours = {check.name for check in wanted}
        for check in self.there.checks:
            column = self.wanted.columns.get(check.columns[0]) if len(check.columns) == 1 else None
            if check.name in ours or column is None or not column.values:
                continue
            if refused := self._rows.refused(column, check):
                self.obstacles.append(
                    f"{self.name}.{column.name}: the check {check.name} refuses"
                    f" {', '.join(refused)}"
                )

    def _checks_for_enums(self) -> Iterator[Check]:
        for column in self.wanted.columns.values():
            found = self.there.columns.get(column.name)
            if column.is_enum and found is not None and found.type != column.type:
                listed = ", ".join(f"'{value}'" for value in column.values)
                yield Check(f"ck_{self.name}_{column.name}", f"{column.name} IN ({listed})")

    def _compare_foreign_keys(self) -> None:
        for key in self.wanted.foreign_keys:
            if key.guarded and key.target not in self._found.names:
                continue
            same = [
                one
                for one in self.there.foreign_keys
                if (one.column, one.target) == (key.column, key.target)
            ]
            if not same:
                self.steps.append(steps.add_foreign_key(self.name, key))
            elif key.on_delete == "CASCADE":
                self.steps += [
                    steps.let_cascade(self.name, one, key)
                    for one in same
                    if one.on_delete in _HOLDS_BACK
                ]

    def _compare_indexes(self) -> None:
        known = [index for index in self.there.indexes if index.valid]
        names = {index.name for index in known}
        keys = {index.keys for index in known if not index.partial}
        for index in self.wanted.indexes:
            if index.name not in names and (index.partial or index.keys not in keys):
                self.steps.append(steps.add_index(self.name, index))
