"""Durable jobs, and the lease that one finalizer holds at a time."""

from pathlib import Path

import sqlalchemy as sa

from alembic import op

revision = "20261120_jobs"
down_revision = "20261120_model_usage"
branch_labels = None
depends_on = None

SESSIONS = "careerprofile_test_sessions"
UNFINISHED = "ix_careerprofile_test_sessions_unfinished"
LEASES = "ikigai_finalize_leases"
# Kept here and not read from the package: a later version of it comes with a revision of its own.
ENGINE_SCHEMA = Path(__file__).parents[1] / "sql" / "procrastinate_3_10.sql"
ENGINE_TABLES = ("events", "periodic_defers", "jobs", "workers")
ENGINE_TYPES = ("job_to_defer_v1", "job_event_type", "job_status")

DROP_ENGINE_FUNCTIONS = """
DO $$
DECLARE
    found regprocedure;
BEGIN
    FOR found IN
        SELECT oid::regprocedure FROM pg_proc
        WHERE starts_with(proname, 'procrastinate_')
            AND pronamespace = current_schema()::regnamespace
    LOOP
        EXECUTE 'DROP FUNCTION ' || found || ' CASCADE';  -- with its triggers
    END LOOP;
END;
$$
"""


def upgrade() -> None:
    # First and by itself: it commits, and can be repeated when what follows fails.
    with op.get_context().autocommit_block():
        drop_unfinished_index()  # one that was broken off stays behind, invalid
        op.create_index(
            UNFINISHED,
            SESSIONS,
            ["started_at"],
            postgresql_where=sa.text("status <> 'completed'"),
            postgresql_concurrently=True,
        )
    run(ENGINE_SCHEMA.read_text(encoding="utf-8"))
    # Last: its key keeps others from writing sessions until the commit.
    op.create_table(
        LEASES,
        sa.Column("test_session_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("holder", sa.Uuid, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("test_session_id", name=f"pk_{LEASES}"),
        sa.ForeignKeyConstraint(
            ["test_session_id"],
            [f"{SESSIONS}.id"],
            name=f"fk_{LEASES}_test_session_id",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    run(DROP_ENGINE_FUNCTIONS)
    for table in ENGINE_TABLES:
        op.drop_table(f"procrastinate_{table}")
    for name in ENGINE_TYPES:
        run(f"DROP TYPE procrastinate_{name}")
    op.drop_table(LEASES)
    with op.get_context().autocommit_block():
        drop_unfinished_index()


def drop_unfinished_index() -> None:
    op.drop_index(UNFINISHED, SESSIONS, if_exists=True, postgresql_concurrently=True)


def run(script: str) -> None:
    """Statements as they are: a percent sign in them is one."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(script)
