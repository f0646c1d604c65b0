"""What looks after sessions finds them among millions: indexes on those that are not done."""

import sqlalchemy as sa

from alembic import op

revision = "20261120_growth"
down_revision = "20261120_chat"
branch_labels = None
depends_on = None

SESSIONS = "careerprofile_test_sessions"
HISTORY = "kenalidiri_history"
UNFINISHED = (f"ix_{SESSIONS}_unfinished", SESSIONS, "status <> 'completed'")
IN_IKIGAI = (f"ix_{SESSIONS}_in_ikigai", SESSIONS, "status = 'ikigai_ongoing'")
ONGOING = (f"ix_{HISTORY}_ongoing", HISTORY, "status = 'ongoing'")


def upgrade() -> None:
    # Each by itself: it commits, and can be repeated when the next one fails.
    with op.get_context().autocommit_block():
        build(*IN_IKIGAI)
        build(*ONGOING)
        drop(*UNFINISHED)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        build(*UNFINISHED)
        drop(*IN_IKIGAI)
        drop(*ONGOING)


def build(name: str, table: str, condition: str) -> None:
    drop(name, table)  # one that was broken off stays behind, invalid
    op.create_index(
        name,
        table,
        ["started_at"],
        postgresql_where=sa.text(condition),
        postgresql_concurrently=True,
    )


def drop(name: str, table: str, _: str = "") -> None:
    op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
