"""The tables of the career profile: made, or adopted where others began them."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op
from app.adoption.adopt import adopt, require_adoptable
from app.adoption.repository import adopted_tables
from app.adoption.spelling import function_of

revision = "20261120_career_profile"
down_revision = None
branch_labels = None
depends_on = None

SESSIONS = "careerprofile_test_sessions"
HISTORY = "kenalidiri_history"
CODES = "riasec_codes"
MATCH_CATEGORY = postgresql.ENUM("HIGH", "MEDIUM", "LOW", name="match_category_enum")
CODE_LISTS = ("strengths", "challenges", "strategies", "work_environments", "interaction_styles")

# As this revision makes them: later ones change the models, never this.
TABLES = sa.MetaData()


def upgrade() -> None:
    """Also where Go or an earlier service began some of the tables (0016-adoption.md)."""
    require_adoptable(op.get_bind(), TABLES)  # while nothing is committed yet
    with op.get_context().autocommit_block():
        adopt(op.get_bind(), TABLES, first=True)


def downgrade() -> None:
    """Leaves adopted tables as they are, with the columns and the trigger that they got."""
    kept = adopted_tables(op.get_bind())
    dropped = [table.name for table in TABLES.sorted_tables if table.name not in kept]
    for table in kept:
        for key in sa.inspect(op.get_bind()).get_foreign_keys(table):
            if key["referred_table"] in dropped:
                op.drop_constraint(key["name"], table)
    for table in reversed(dropped):
        op.drop_table(table)
        op.execute(f"DROP FUNCTION IF EXISTS {function_of(table)}()")
    if "fit_check_results" in dropped:
        MATCH_CATEGORY.drop(op.get_bind(), checkfirst=True)


def describe_sessions() -> None:
    sa.Table(
        SESSIONS,
        TABLES,
        identity(),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("session_token", sa.String(100), nullable=False),
        sa.Column("persona_type", sa.String(50)),
        sa.Column("test_goal", sa.String(50), nullable=False, server_default="RECOMMENDATION"),
        sa.Column("target_profession_id", sa.BigInteger),
        sa.Column("uses_ikigai", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("status", sa.String(20), nullable=False),
        now("started_at"),
        moment("riasec_completed_at"),
        moment("ikigai_completed_at"),
        moment("completed_at"),
        sa.Column("algorithm_version", sa.String(50)),
        sa.Column("question_set_version", sa.String(50)),
        sa.PrimaryKeyConstraint("id", name=f"pk_{SESSIONS}"),
        sa.UniqueConstraint("session_token", name=f"uq_{SESSIONS}_session_token"),
        check(
            SESSIONS,
            "status",
            "status IN ('riasec_ongoing', 'riasec_completed', 'ikigai_ongoing', 'completed')",
        ),
        check(SESSIONS, "test_goal", "test_goal IN ('RECOMMENDATION', 'FIT_CHECK')"),
        sa.Index(f"ix_{SESSIONS}_user_id_started_at", "user_id", sa.text("started_at DESC")),
    )


def describe_history() -> None:
    sa.Table(
        HISTORY,
        TABLES,
        identity(),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("test_category_id", sa.BigInteger, nullable=False),
        sa.Column("detail_session_id", sa.BigInteger, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        now("started_at"),
        moment("completed_at"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{HISTORY}"),
        check(HISTORY, "status", "status IN ('ongoing', 'completed', 'abandoned')"),
        sa.Index(f"ix_{HISTORY}_user_id", "user_id"),
        sa.Index(f"ix_{HISTORY}_detail_session_id", "detail_session_id"),
    )


def describe_codes() -> None:
    sa.Table(
        CODES,
        TABLES,
        identity(),
        sa.Column("riasec_code", sa.String(3), nullable=False),
        sa.Column("riasec_title", sa.String(255)),
        sa.Column("riasec_description", sa.Text),
        *(
            sa.Column(name, postgresql.JSONB, nullable=False, server_default=sa.text("'[]'::jsonb"))
            for name in CODE_LISTS
        ),
        now("created_at", nullable=True),
        now("updated_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=f"pk_{CODES}"),
        sa.UniqueConstraint("riasec_code", name=f"uq_{CODES}_riasec_code"),
    )


def describe_riasec_tables() -> None:
    describe_child("riasec_question_sets", document("question_ids"), now("generated_at"))
    describe_child("riasec_responses", document("responses_data"), now("created_at"))
    describe_child(
        "riasec_results",
        *(sa.Column(f"score_{letter}", sa.Integer, nullable=False) for letter in "riasec"),
        sa.Column("riasec_code_id", sa.BigInteger, nullable=False),
        sa.Column("riasec_code_type", sa.String(20), nullable=False),
        sa.Column("is_inconsistent_profile", sa.Boolean, nullable=False),
        now("calculated_at"),
        sa.ForeignKeyConstraint(
            ["riasec_code_id"],
            [f"{CODES}.id"],
            name="fk_riasec_results_riasec_code_id",
            ondelete="RESTRICT",
        ),
        check(
            "riasec_results",
            "riasec_code_type",
            "riasec_code_type IN ('single', 'dual', 'triple')",
        ),
    )
    describe_child(
        "ikigai_candidate_professions",
        document("candidates_data"),
        sa.Column("total_candidates", sa.Integer, nullable=False),
        sa.Column("generation_strategy", sa.String(50), nullable=False),
        sa.Column("max_candidates_limit", sa.Integer, nullable=False, server_default="30"),
        now("generated_at"),
        check(
            "ikigai_candidate_professions", "total_candidates", "total_candidates BETWEEN 1 AND 30"
        ),
    )


def describe_ikigai_tables() -> None:
    describe_child(
        "ikigai_responses",
        document("dimension_1_love", nullable=True),
        document("dimension_2_good_at", nullable=True),
        document("dimension_3_world_needs", nullable=True),
        document("dimension_4_paid_for", nullable=True),
        sa.Column("completed", sa.Boolean, nullable=False, server_default=sa.false()),
        now("created_at"),
        moment("completed_at"),
        check("ikigai_responses", "completed", "completed = (completed_at IS NOT NULL)"),
    )
    describe_child(
        "ikigai_dimension_scores",
        document("scores_data"),
        now("calculated_at"),
        sa.Column("ai_model_used", sa.String(50)),
        sa.Column("total_api_calls", sa.Integer),
        check("ikigai_dimension_scores", "total_api_calls", "total_api_calls BETWEEN 0 AND 40"),
    )
    describe_child(
        "ikigai_total_scores",
        document("scores_data"),
        sa.Column("top_profession_1_id", sa.BigInteger),
        sa.Column("top_profession_2_id", sa.BigInteger),
        now("calculated_at"),
        check(
            "ikigai_total_scores", "top_professions", "top_profession_1_id <> top_profession_2_id"
        ),
    )


def describe_result_tables() -> None:
    describe_child(
        "career_recommendations",
        document("recommendations_data"),
        sa.Column("top_profession1_id", sa.BigInteger),
        sa.Column("top_profession2_id", sa.BigInteger),
        now("generated_at"),
        sa.Column("ai_model_used", sa.String(50)),
        check(
            "career_recommendations", "top_professions", "top_profession1_id <> top_profession2_id"
        ),
    )
    describe_child(
        "fit_check_results",
        sa.Column("profession_id", sa.BigInteger, nullable=False),
        sa.Column("user_riasec_code_id", sa.BigInteger, nullable=False),
        sa.Column("profession_riasec_code_id", sa.BigInteger, nullable=False),
        sa.Column("match_category", MATCH_CATEGORY, nullable=False),
        sa.Column("rule_type", sa.String(50), nullable=False),
        sa.Column("dominant_letter_same", sa.Boolean, nullable=False),
        sa.Column("is_adjacent_hexagon", sa.Boolean, nullable=False),
        sa.Column("match_score", sa.Numeric(4, 2), nullable=False),
        now("created_at"),
    )


def describe_child(table: str, *columns: sa.schema.SchemaItem) -> None:
    """A table with one row per session; deleting the session deletes it."""
    sa.Table(
        table,
        TABLES,
        identity(),
        sa.Column("test_session_id", sa.BigInteger, nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("test_session_id", name=f"uq_{table}_test_session_id"),
        sa.ForeignKeyConstraint(
            ["test_session_id"],
            [f"{SESSIONS}.id"],
            name=f"fk_{table}_test_session_id",
            ondelete="CASCADE",
        ),
    )


def identity() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, autoincrement=True, nullable=False)


def document(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB, nullable=nullable)


def moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True))


def now(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), nullable=nullable, server_default=sa.func.now()
    )


def check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=f"ck_{table}_{name}")


describe_sessions()
describe_history()
describe_codes()
describe_riasec_tables()
describe_ikigai_tables()
describe_result_tables()
