"""The comparison by itself: which types serve, and which locks the steps ask for."""

import pytest

from app.adoption.compare import compare
from app.adoption.expected import expected_of
from app.adoption.shape import Check, Column, Found, Manner, Plan, Table
from app.adoption.types import Fit, fit
from app.core.database import Base
from app.tables import import_models

ENUM = ("HIGH", "MEDIUM", "LOW")


class NoRows:
    """Empty tables."""

    def count(self, table: str, condition: str) -> int:
        return 0

    def refused(self, column: Column, check: Check) -> list[str]:
        return []


@pytest.mark.parametrize(
    ("wanted", "found", "verdict"),
    [
        ("character varying(50)", "character varying(50)", Fit.SAME),
        ("character varying(50)", "character varying(255)", Fit.KEPT),
        ("character varying(50)", "character varying", Fit.KEPT),
        ("character varying(50)", "text", Fit.KEPT),
        ("character varying(50)", "character varying(49)", Fit.WIDEN),
        ("character varying(50)", "character(50)", Fit.NOT),
        ("text", "character varying(4000)", Fit.WIDEN),
        ("bigint", "integer", Fit.KEPT),
        ("integer", "bigint", Fit.KEPT),
        ("bigint", "smallint", Fit.NOT),
        ("bigint", "uuid", Fit.NOT),
        ("numeric(4,2)", "numeric", Fit.KEPT),
        ("numeric(4,2)", "numeric(10,2)", Fit.KEPT),
        ("numeric(4,2)", "numeric(4,1)", Fit.NOT),
        ("numeric(4,2)", "numeric(3,2)", Fit.NOT),
        ("numeric(4,2)", "double precision", Fit.NOT),
        ("jsonb", "json", Fit.NOT),
        ("jsonb", "text", Fit.NOT),
        ("boolean", "integer", Fit.NOT),
        ("timestamp with time zone", "timestamp without time zone", Fit.NOT),
    ],
)
def test_types(wanted: str, found: str, verdict: Fit) -> None:
    assert fit(Column("x", wanted, True), Column("x", found, True)) is verdict


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        ("text", Fit.KEPT),
        ("character varying(6)", Fit.KEPT),
        ("character varying(5)", Fit.WIDEN),
        ("other_enum", Fit.NOT),
    ],
)
def test_where_an_enum_is_wanted(found: str, verdict: Fit) -> None:
    wanted = Column("x", "match_category_enum", False, values=ENUM, is_enum=True)
    assert fit(wanted, Column("x", found, False)) is verdict


def plan_for(found: Found) -> Plan:
    import_models()
    return compare(expected_of(Base.metadata), found, NoRows())


class TestLocks:
    """What reads a whole table must not do so under a lock that keeps others out."""

    @pytest.fixture
    def plan(self) -> Plan:
        bare = Table("ikigai_responses", {"note": Column("note", "text", True)}, ())
        return plan_for(Found({bare.name: bare}, {}, frozenset({bare.name})))

    def test_indexes_are_built_beside_the_traffic(self, plan: Plan) -> None:
        built = [
            statement
            for step in plan.steps
            if step.table == "ikigai_responses"
            for statement in step.statements
            if "CREATE UNIQUE INDEX" in statement.sql or "CREATE INDEX" in statement.sql
        ]
        assert built
        assert all("CONCURRENTLY" in statement.sql for statement in built)
        assert all(statement.manner is Manner.PATIENT for statement in built)

    def test_rules_are_added_unproven(self, plan: Plan) -> None:
        adding = [
            statement.sql
            for step in plan.steps
            if step.table == "ikigai_responses"
            for statement in step.statements
            if "ADD CONSTRAINT" in statement.sql and "USING INDEX" not in statement.sql
        ]
        assert len(adding) == 2  # the check and the key to the sessions
        assert all(sql.endswith("NOT VALID") for sql in adding)


def test_an_enum_that_lacks_a_value_gets_it() -> None:
    plan = plan_for(Found({}, {"match_category_enum": ("LOW", "HIGH")}, frozenset()))
    assert plan.steps[0].words == "add the values MEDIUM"


def test_all_or_none_of_the_tables_are_made() -> None:
    made = [
        statement.sql
        for step in plan_for(Found({}, {}, frozenset())).steps
        for statement in step.statements
        if "CREATE TABLE" in statement.sql
    ]
    assert len(made) == 1
    assert made[0].count("CREATE TABLE") == 12


def test_a_table_of_another_role_cannot_be_completed() -> None:
    theirs = Table("riasec_responses", {}, (), foreign_owner="go")
    plan = plan_for(Found({theirs.name: theirs}, {}, frozenset({theirs.name})))
    assert plan.steps == ()
    assert plan.obstacles == (
        "riasec_responses belongs to go: migrate as that role, or as one that is a member of it",
    )
