"""A user's rows as psql would show them, and sessions put into a state by hand."""

from uuid import UUID, uuid4

from sqlalchemy import Engine, text

from app.core.database import Base
from app.tables import import_models

SESSIONS = "careerprofile_test_sessions"
CHILDREN = (
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
OWN_SLUGS = "uji-"
Rows = dict[str, list[str]]


def rows_of(engine: Engine, user_id: UUID) -> Rows:
    """Every row that the user's runs have, whole, by table; tables without rows are left out."""
    statements = {
        SESSIONS: f"SELECT t::text FROM {SESSIONS} t WHERE user_id = :user",
        "kenalidiri_history": "SELECT t::text FROM kenalidiri_history t WHERE user_id = :user",
        **{
            table: f"SELECT t::text FROM {table} t JOIN {SESSIONS} s ON s.id = t.test_session_id"
            " WHERE s.user_id = :user"
            for table in CHILDREN
        },
    }
    with engine.connect() as connection:
        found = {
            table: sorted(connection.scalars(text(statement), {"user": user_id}))
            for table, statement in statements.items()
        }
    return {table: rows for table, rows in found.items() if rows}


def all_rows_of(engine: Engine, user_id: UUID) -> Rows:
    """As `rows_of`, with the chat's and whatever else names the user as its owner."""
    import_models()
    owned = [table for table in Base.metadata.sorted_tables if "user_id" in table.columns]
    statements = {
        table.fullname: f"SELECT t::text FROM {table.fullname} t WHERE user_id = :user"
        for table in owned
    }
    with engine.connect() as connection:
        found = {
            name: sorted(connection.scalars(text(statement), {"user": user_id}))
            for name, statement in statements.items()
        }
    return {**{name: rows for name, rows in found.items() if rows}, **rows_of(engine, user_id)}


def counts_of(engine: Engine, user_id: UUID) -> dict[str, int]:
    """How many rows the user's runs have, by table; tables without rows are left out."""
    return {table: len(rows) for table, rows in rows_of(engine, user_id).items()}


def execute(engine: Engine, statement: str, **values: object) -> int:
    """One statement in a transaction of its own, as Go or an admin would run it; rows changed."""
    with engine.begin() as connection:
        return connection.execute(text(statement), values).rowcount


def delete_session(engine: Engine, token: str) -> None:
    """What Go may do at any moment."""
    assert execute(engine, f"DELETE FROM {SESSIONS} WHERE session_token = :token", token=token) == 1


def delete_child(engine: Engine, table: str, token: str) -> None:
    statement = (
        f"DELETE FROM {table} t USING {SESSIONS} s"
        " WHERE s.id = t.test_session_id AND s.session_token = :token"
    )
    assert execute(engine, statement, token=token) == 1


def forget_candidates(engine: Engine, token: str) -> None:
    """Every candidate of the session vanishes from the catalogue: their ids point nowhere."""
    statement = (
        "UPDATE ikigai_candidate_professions t SET candidates_data = jsonb_set(candidates_data,"
        " '{candidates}', (SELECT jsonb_agg(jsonb_set(c, '{profession_id}',"
        " to_jsonb((c->>'profession_id')::bigint + 1000000000)))"
        " FROM jsonb_array_elements(candidates_data->'candidates') c))"
        f" FROM {SESSIONS} s WHERE s.id = t.test_session_id AND s.session_token = :token"
    )
    assert execute(engine, statement, token=token) == 1


def add_fit_check(engine: Engine, user_id: UUID, status: str = "riasec_ongoing") -> str:
    """A FIT_CHECK session as the later route will leave it; its token."""
    token = str(uuid4())
    execute(
        engine,
        f"INSERT INTO {SESSIONS} (user_id, session_token, persona_type, test_goal, uses_ikigai,"
        " target_profession_id, status, algorithm_version, question_set_version)"
        " VALUES (:user, :token, 'BUILDER', 'FIT_CHECK', false, 1, :status, '1.0', 'short-1.0')",
        user=user_id,
        token=token,
        status=status,
    )
    return token


def add_profession(engine: Engine, *, code: str | None, name: str = "Profesi Percobaan") -> int:
    """A profession of the test's own in Go's catalogue; its id. `forget_professions` ends it."""
    statement = (
        "INSERT INTO professions (slug, name, riasec_code_id) VALUES (:slug, :name,"
        " (SELECT id FROM riasec_codes WHERE riasec_code = :code)) RETURNING id"
    )
    values = {"slug": f"{OWN_SLUGS}{uuid4()}", "name": name, "code": code}
    with engine.begin() as connection:
        return int(connection.execute(text(statement), values).scalar_one())


def forget_professions(engine: Engine) -> None:
    """They would be candidates in everybody's expansions."""
    execute(engine, "DELETE FROM professions WHERE starts_with(slug, :own)", own=OWN_SLUGS)


def status_of(engine: Engine, token: str) -> str:
    with engine.connect() as connection:
        found = connection.scalar(
            text(f"SELECT status FROM {SESSIONS} WHERE session_token = :token"), {"token": token}
        )
    return str(found)


def somebody_waits(engine: Engine) -> bool:
    """Whether a statement of this database waits for a lock of another."""
    statement = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with engine.connect() as connection:
        return bool(connection.scalar(text(statement)))
