"""The user's words beside a recommended profession are chosen once, when the session completes."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op
from app.adoption.repository import adopted_tables

revision = "20261130_phrases"
down_revision = "20261120_growth"
branch_labels = None
depends_on = None

TABLE = "career_recommendations"
COLUMN = "supporting_phrases"


def upgrade() -> None:
    # NULL in rows from before: their phrases are chosen when they are read. No row is rewritten.
    op.add_column(TABLE, sa.Column(COLUMN, postgresql.JSONB), if_not_exists=True)


def downgrade() -> None:
    """An adopted table keeps the columns that it got (0016-adoption.md)."""
    if TABLE not in adopted_tables(op.get_bind()):
        op.drop_column(TABLE, COLUMN, if_exists=True)
