"""Migrations from empty and beside Go's tables, both ways, on both servers."""

from collections.abc import Iterator

import pytest
from alembic.util.exc import CommandError
from sqlalchemy import Engine, create_engine, inspect, text

from alembic import command
from app.core.database import Base, psycopg2_url
from app.core.migration_state import MigrationState
from app.migrations import alembic_config, upgrade_to_head
from app.reference.repository import create_go_tables
from app.revisions import build_revisions
from app.tables import import_models

OURS = {
    "careerprofile_test_sessions",
    "kenalidiri_history",
    "riasec_codes",
    "riasec_question_sets",
    "riasec_responses",
    "riasec_results",
    "ikigai_candidate_professions",
    "ikigai_responses",
    "ikigai_dimension_scores",
    "ikigai_finalize_leases",
    "ikigai_total_scores",
    "career_recommendations",
    "fit_check_results",
    "model_usage_daily",
    "idempotency_keys",
}
CHAT = {
    "chat.conversations",
    "chat.messages",
    "chat.usage_tracking",
    "chat.erased_usage",
    "chat.notifications",
    "chat.audit_log",
    "chat.gauges",
    "chat.received_events",
}
NOT_OF_A_SESSION = {
    "careerprofile_test_sessions",
    "kenalidiri_history",
    "riasec_codes",
    "model_usage_daily",
    "idempotency_keys",
}

# Of the engine of the durable jobs.
JOBS = {f"procrastinate_{name}" for name in ("jobs", "events", "workers", "periodic_defers")}


@pytest.fixture
def engine(empty_dsn: str) -> Iterator[Engine]:
    engine = create_engine(psycopg2_url(empty_dsn))
    yield engine
    engine.dispose()


def downgrade_to_base(engine: Engine) -> None:
    with engine.connect() as connection:
        command.downgrade(alembic_config(connection), "base")
        connection.commit()


def assert_no_drift(engine: Engine) -> None:
    """`alembic check`: raises when models and database differ."""
    with engine.connect() as connection:
        command.check(alembic_config(connection))


def tables_of(engine: Engine) -> set[str]:
    found = inspect(engine)
    schemas = set(found.get_schema_names()) & {"chat"}
    in_schemas = {f"{name}.{table}" for name in schemas for table in found.get_table_names(name)}
    return set(found.get_table_names()) | in_schemas


class TestFromEmpty:
    def test_creates_our_tables_and_no_others(self, engine: Engine) -> None:
        upgrade_to_head(engine)
        assert tables_of(engine) == OURS | CHAT | JOBS | {"alembic_version"}
        assert_no_drift(engine)

    def test_there_and_back_and_there(self, engine: Engine) -> None:
        upgrade_to_head(engine)
        downgrade_to_base(engine)
        assert tables_of(engine) == {"alembic_version"}
        with engine.connect() as connection:
            left = connection.scalar(
                text(
                    "SELECT (SELECT count(*) FROM pg_type WHERE typname = 'match_category_enum'"
                    " OR typname LIKE 'procrastinate%')"
                    " + (SELECT count(*) FROM pg_proc WHERE proname LIKE 'procrastinate%')"
                )
            )
        assert left == 0
        upgrade_to_head(engine)
        assert_no_drift(engine)

    def test_again_does_nothing(self, engine: Engine) -> None:
        upgrade_to_head(engine)
        upgrade_to_head(engine)
        assert_no_drift(engine)

    def test_check_sees_a_missing_column(self, engine: Engine) -> None:
        upgrade_to_head(engine)
        with engine.begin() as connection:
            connection.execute(
                text("ALTER TABLE riasec_results DROP COLUMN is_inconsistent_profile")
            )
        with pytest.raises(CommandError):
            assert_no_drift(engine)


class TestBesideGo:
    @pytest.fixture(autouse=True)
    def _go_was_here_first(self, engine: Engine) -> None:
        with engine.begin() as connection:
            create_go_tables(connection)

    def test_keys_to_users_and_categories_cascade(self, engine: Engine) -> None:
        upgrade_to_head(engine)
        keys = {
            (
                table,
                key["constrained_columns"][0],
                key["referred_table"],
                key["options"]["ondelete"],
            )
            for table in ("careerprofile_test_sessions", "kenalidiri_history")
            for key in inspect(engine).get_foreign_keys(table)
        }
        assert keys == {
            ("careerprofile_test_sessions", "user_id", "users", "CASCADE"),
            ("kenalidiri_history", "user_id", "users", "CASCADE"),
            ("kenalidiri_history", "test_category_id", "kenalidiri_categories", "CASCADE"),
        }
        assert_no_drift(engine)

    def test_never_a_key_to_professions(self, engine: Engine) -> None:
        upgrade_to_head(engine)
        targets = {
            key["referred_table"]
            for table in OURS
            for key in inspect(engine).get_foreign_keys(table)
        }
        assert "professions" not in targets

    def test_there_and_back_leaves_go_alone(self, engine: Engine) -> None:
        before = tables_of(engine)
        upgrade_to_head(engine)
        downgrade_to_base(engine)
        assert tables_of(engine) == before | {"alembic_version"}
        upgrade_to_head(engine)
        assert_no_drift(engine)

    def test_deleting_a_session_deletes_its_children(self, engine: Engine) -> None:
        upgrade_to_head(engine)
        for table in sorted(OURS - NOT_OF_A_SESSION):
            keys = inspect(engine).get_foreign_keys(table)
            parent = [k for k in keys if k["referred_table"] == "careerprofile_test_sessions"]
            assert [k["options"].get("ondelete") for k in parent] == ["CASCADE"], table
            uniques = inspect(engine).get_unique_constraints(table)
            primary = inspect(engine).get_pk_constraint(table)["constrained_columns"]
            assert ["test_session_id"] in [primary, *(u["column_names"] for u in uniques)], table


class TestState:
    def test_behind_current_ahead(self, engine: Engine) -> None:
        revisions = build_revisions()
        with engine.connect() as connection:
            assert revisions.compare(connection) is MigrationState.BEHIND
        upgrade_to_head(engine)
        with engine.begin() as connection:
            assert revisions.compare(connection) is MigrationState.CURRENT
            connection.execute(text("UPDATE alembic_version SET version_num = 'of_tomorrow'"))
            assert revisions.compare(connection) is MigrationState.AHEAD


def test_every_model_is_registered() -> None:
    import_models()
    assert set(Base.metadata.tables) == OURS | CHAT


def test_lock_timeout_is_short_and_does_not_stay(empty_dsn: str) -> None:
    engine = create_engine(psycopg2_url(empty_dsn), pool_size=1)
    upgrade_to_head(engine)
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW lock_timeout")) == "0"
    engine.dispose()
