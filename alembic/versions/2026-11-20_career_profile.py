"""The tables of the career profile, from an empty database or beside Go's tables."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "20261120_career_profile"
down_revision = None
branch_labels = None
depends_on = None

SESSIONS = "careerprofile_test_sessions"
HISTORY = "kenalidiri_history"
CODES = "riasec_codes"
MATCH_CATEGORY = postgresql.ENUM("HIGH", "MEDIUM", "LOW", name="match_category_enum")
CODE_LISTS = ("strengths", "challenges", "strategies", "work_environments", "interaction_styles")

# Keys to tables that Go owns: added where those tables exist, hidden from autogenerate.
GO_FOREIGN_KEYS = (
    ("fk_go_careerprofile_test_sessions_user_id", SESSIONS, "user_id", "users"),
    ("fk_go_kenalidiri_history_user_id", HISTORY, "user_id", "users"),
    (
        "fk_go_kenalidiri_history_test_category_id",
        HISTORY,
        "test_category_id",
        "kenalidiri_categories",
    ),
)


def upgrade() -> None:
    create_sessions()
    create_history()
    create_codes()
    create_riasec_tables()
    create_ikigai_tables()
    create_result_tables()
    for name, table, column, target in GO_FOREIGN_KEYS:
        if sa.inspect(op.get_bind()).has_table(target):
            op.create_foreign_key(name, table, target, [column], ["id"], ondelete="CASCADE")


def downgrade() -> None:
    for table in (
        "fit_check_results",
        "career_recommendations",
        "ikigai_total_scores",
        "ikigai_dimension_scores",
        "ikigai_responses",
        "ikigai_candidate_professions",
        "riasec_results",
        "riasec_responses",
        "riasec_question_sets",
        CODES,
        HISTORY,
        SESSIONS,
    ):
        op.drop_table(table)
    MATCH_CATEGORY.drop(op.get_bind(), checkfirst=True)


def create_sessions() -> None:
    op.create_table(
        SESSIONS,
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
    )
    op.create_index(
        f"ix_{SESSIONS}_user_id_started_at", SESSIONS, ["user_id", sa.text("started_at DESC")]
    )


def create_history() -> None:
    op.create_table(
        HISTORY,
        identity(),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("test_category_id", sa.BigInteger, nullable=False),
        sa.Column("detail_session_id", sa.BigInteger, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        now("started_at"),
        moment("completed_at"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{HISTORY}"),
        check(HISTORY, "status", "status IN ('ongoing', 'completed', 'abandoned')"),
    )
    op.create_index(f"ix_{HISTORY}_user_id", HISTORY, ["user_id"])
    op.create_index(f"ix_{HISTORY}_detail_session_id", HISTORY, ["detail_session_id"])


def create_codes() -> None:
    op.create_table(
        CODES,
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


def create_riasec_tables() -> None:
    create_child("riasec_question_sets", document("question_ids"), now("generated_at"))
    create_child("riasec_responses", document("responses_data"), now("created_at"))
    create_child(
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
    create_child(
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


def create_ikigai_tables() -> None:
    create_child(
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
    create_child(
        "ikigai_dimension_scores",
        document("scores_data"),
        now("calculated_at"),
        sa.Column("ai_model_used", sa.String(50)),
        sa.Column("total_api_calls", sa.Integer),
        check("ikigai_dimension_scores", "total_api_calls", "total_api_calls BETWEEN 0 AND 40"),
    )
    create_child(
        "ikigai_total_scores",
        document("scores_data"),
        sa.Column("top_profession_1_id", sa.BigInteger),
        sa.Column("top_profession_2_id", sa.BigInteger),
        now("calculated_at"),
        check(
            "ikigai_total_scores", "top_professions", "top_profession_1_id <> top_profession_2_id"
        ),
    )


def create_result_tables() -> None:
    create_child(
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
    create_child(
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


def create_child(table: str, *columns: sa.schema.SchemaItem) -> None:
    """A table with one row per session; deleting the session deletes it."""
    op.create_table(
        table,
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
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))
