"""Databases in which some of our tables exist, however they were made, with rows in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import IntegrityError

from app.adoption.adopt import NotAdoptable, plan_of
from app.core.database import Base
from app.migrations import upgrade_to_head
from tests.migrations.test_migrations import assert_no_drift, downgrade_to_base
from tests.support.starting_points import (
    SESSIONS,
    USER,
    Rows,
    assert_kept,
    beside_go,
    columns,
    contents,
    load,
)

ADOPTABLE = (
    "few_columns",
    "candidates",
    "dimensions_required",
    "fit_check_text",
    "everything",
    "gorm",
    "by_hand",
    "unfinished_answers",
)


@dataclass(frozen=True)
class Point:
    """A starting point after `migrate`, and the rows that it began with."""

    engine: Engine
    before: Rows


@pytest.fixture(scope="module")
def point(request: pytest.FixtureRequest, server_dsn: str) -> Iterator[Point]:
    with beside_go(server_dsn) as engine:
        load(engine, request.param)
        before = contents(engine)
        upgrade_to_head(engine)
        yield Point(engine, before)


@pytest.fixture
def connection(point: Point) -> Iterator[Connection]:
    """What a test does is rolled back."""
    with point.engine.connect() as connection:
        yield connection


def begun_as(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("point", [name], indirect=True)


def values(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(text(query))]


def remaining(engine: Engine) -> list[str]:
    """What `migrate` would still do."""
    with engine.connect() as connection:
        return [step.words for step in plan_of(connection, Base.metadata).steps]


@pytest.mark.parametrize("point", ADOPTABLE, indirect=True)
class TestEveryStartingPoint:
    def test_rows_are_kept_and_nothing_is_left_to_do(self, point: Point) -> None:
        assert_kept(point.before, contents(point.engine))
        assert remaining(point.engine) == []

    def test_there_and_back_and_there(self, point: Point) -> None:
        upgraded = contents(point.engine)
        downgrade_to_base(point.engine)
        assert_kept(point.before, contents(point.engine))
        upgrade_to_head(point.engine)
        assert contents(point.engine).keys() == upgraded.keys()
        assert_kept(point.before, contents(point.engine))
        assert remaining(point.engine) == []


@pytest.mark.parametrize("name", ["gorm", "by_hand"])
def test_on_the_server_of_the_machine(packaged_dsn: str, name: str) -> None:
    with beside_go(packaged_dsn) as engine:
        load(engine, name)
        before = contents(engine)
        upgrade_to_head(engine)
        assert_kept(before, contents(engine))
        assert remaining(engine) == []


@begun_as("fit_check_text")
class TestAlembicCheck:
    def test_what_is_kept_is_no_difference(self, point: Point) -> None:
        assert_no_drift(point.engine)

    def test_what_is_missing_is_one(self, point: Point) -> None:
        with point.engine.begin() as connection:
            connection.execute(text(f"ALTER TABLE {SESSIONS} DROP COLUMN algorithm_version"))
        with pytest.raises(CommandError, match="algorithm_version"):
            assert_no_drift(point.engine)
        upgrade_to_head(point.engine)
        assert remaining(point.engine) == []


@begun_as("few_columns")
class TestFewColumns:
    def test_old_runs_can_be_continued(self, connection: Connection) -> None:
        found = values(connection, f"SELECT DISTINCT test_goal, uses_ikigai FROM {SESSIONS}")
        assert found == [("RECOMMENDATION", True)]

    def test_new_runs_get_the_defaults_of_the_contract(self, connection: Connection) -> None:
        found = values(
            connection,
            f"INSERT INTO {SESSIONS} (user_id, session_token, status)"
            f" VALUES ('{USER}', 'new', 'riasec_ongoing')"
            " RETURNING id, test_goal, uses_ikigai, started_at IS NOT NULL, completed_at",
        )
        assert found == [(10, "RECOMMENDATION", False, True, None)]

    def test_a_status_of_nobody_is_refused(self, connection: Connection) -> None:
        with pytest.raises(IntegrityError, match=f"ck_{SESSIONS}_status"):
            connection.execute(text(f"UPDATE {SESSIONS} SET status = 'paused'"))

    def test_the_user_takes_the_runs_along(self, connection: Connection) -> None:
        connection.execute(text(f"DELETE FROM users WHERE id = '{USER}'"))
        assert values(connection, f"SELECT id FROM {SESSIONS}") == []


@begun_as("candidates")
class TestCandidates:
    def test_later_columns_come_from_the_document(self, connection: Connection) -> None:
        found = values(
            connection,
            "SELECT total_candidates, generation_strategy, max_candidates_limit"
            " FROM ikigai_candidate_professions ORDER BY test_session_id",
        )
        assert found == [(2, "split_path", 30), (0, "unknown", 30)]

    def test_the_limit_holds_for_new_rows(self, connection: Connection) -> None:
        with pytest.raises(IntegrityError, match="total_candidates"):
            connection.execute(
                text(
                    "INSERT INTO ikigai_candidate_professions (test_session_id, candidates_data,"
                    " total_candidates, generation_strategy) VALUES (7, '{}', 0, 'x')"
                )
            )


@begun_as("dimensions_required")
def test_dimensions_may_stay_open(connection: Connection) -> None:
    found = values(
        connection,
        "INSERT INTO ikigai_responses (test_session_id, dimension_2_good_at) VALUES (7, '{}')"
        " RETURNING dimension_1_love, completed",
    )
    assert found == [(None, False)]
    assert values(
        connection, "SELECT completed FROM ikigai_responses WHERE test_session_id = 9"
    ) == [(True,)]


@begun_as("fit_check_text")
class TestFitCheckAsText:
    def test_the_column_stays_text(self, point: Point) -> None:
        found = {c["name"]: c for c in inspect(point.engine).get_columns("fit_check_results")}
        assert str(found["match_category"]["type"]) == "TEXT"

    @pytest.mark.parametrize("category", ["MEDIUM", "medium"])
    def test_only_our_words_are_written(self, connection: Connection, category: str) -> None:
        insert = text(
            "INSERT INTO fit_check_results (test_session_id, profession_id, user_riasec_code_id,"
            " profession_riasec_code_id, match_category, rule_type, dominant_letter_same,"
            " is_adjacent_hexagon, match_score) VALUES (7, 1, 2, 3, :category, 'x', true, true, 1)"
        )
        if category == "MEDIUM":
            connection.execute(insert, {"category": category})
            return
        with pytest.raises(IntegrityError, match="ck_fit_check_results_match_category"):
            connection.execute(insert, {"category": category})


@begun_as("by_hand")
class TestMadeByHand:
    def test_ids_go_on_after_the_last(self, connection: Connection) -> None:
        """Columns of others that must be given, and defaults that would be wrong, are no more."""
        found = values(
            connection,
            f"INSERT INTO {SESSIONS} (user_id, session_token, status) VALUES"
            f" ('{USER}', repeat('x', 100), 'riasec_completed')"
            " RETURNING id, riasec_completed_at, completed_at, tenant",
        )
        assert found == [(43, None, None, None)]

    def test_a_fit_check_uses_no_ikigai(self, connection: Connection) -> None:
        found = values(connection, f"SELECT id, uses_ikigai FROM {SESSIONS} ORDER BY id")
        assert found == [(41, False), (42, True)]

    def test_what_breaks_a_rule_stays(self, connection: Connection) -> None:
        """An unknown status, an owner and a session that are gone."""
        unproven = "SELECT conname FROM pg_constraint WHERE NOT convalidated ORDER BY conname"
        assert values(connection, unproven) == [
            (f"ck_{SESSIONS}_status",),
            (f"fk_go_{SESSIONS}_user_id",),
            ("fk_riasec_results_test_session_id",),
        ]

    def test_results_are_read_from_their_code(self, connection: Connection) -> None:
        found = values(
            connection,
            "SELECT riasec_code_type, is_inconsistent_profile FROM riasec_results ORDER BY id",
        )
        assert found == [("dual", True), ("single", False)]

    def test_history_is_told_by_its_end(self, connection: Connection) -> None:
        found = values(connection, "SELECT status FROM kenalidiri_history ORDER BY id")
        assert found == [("completed",), ("ongoing",)]

    def test_null_becomes_the_default(self, connection: Connection) -> None:
        found = values(connection, "SELECT strengths FROM riasec_codes ORDER BY id")
        assert found == [(["strong"],), ([],)]

    def test_ids_may_be_given(self, connection: Connection) -> None:
        connection.execute(text("INSERT INTO riasec_codes (id, riasec_code) VALUES (156, 'CES')"))


class TestIncompatible:
    OBSTACLES = (
        f"{SESSIONS}.id is uuid; bigint is needed",
        f"{SESSIONS}.user_id is text; uuid is needed",
        f"{SESSIONS}.session_token is character varying(20); character varying(100) is needed,"
        " and a view that reads it keeps it from being widened",
        f"{SESSIONS}.started_at is timestamp without time zone; timestamp with time zone is needed",
        f"{SESSIONS}.status: the check chk_status refuses riasec_completed, ikigai_ongoing",
        "riasec_codes is not a table",
        "ikigai_responses.dimension_1_love is text; jsonb is needed",
        "ikigai_responses.dimension2_good_at is text; jsonb is needed to hold the same as"
        " dimension_2_good_at",
        "ikigai_responses: 2 rows share their test_session_id with another row",
        "riasec_question_sets.id is missing, and what its existing rows should hold cannot be"
        " known",
        "riasec_question_sets.question_ids is missing, and what its existing rows should hold"
        " cannot be known",
        "the primary key of riasec_question_sets is (test_session_id); (id) is needed",
    )

    def test_all_is_told_at_once_and_nothing_is_changed(self, server_dsn: str) -> None:
        with beside_go(server_dsn) as engine:
            load(engine, "incompatible")
            before = (contents(engine), columns(engine))
            with pytest.raises(NotAdoptable) as refusal:
                upgrade_to_head(engine)
            assert sorted(refusal.value.obstacles) == sorted(self.OBSTACLES)
            assert (contents(engine), columns(engine)) == before
