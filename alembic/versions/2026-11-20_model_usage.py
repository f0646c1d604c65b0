"""What the language model costs by day, purpose and model."""

import sqlalchemy as sa

from alembic import op

revision = "20261120_model_usage"
down_revision = "20261120_career_profile"
branch_labels = None
depends_on = None

TABLE = "model_usage_daily"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("purpose", sa.String(50), nullable=False),
        sa.Column("model", sa.String(100), nullable=False),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("failures", sa.BigInteger, nullable=False),
        sa.Column("prompt_tokens", sa.BigInteger, nullable=False),
        sa.Column("completion_tokens", sa.BigInteger, nullable=False),
        sa.Column("cost", sa.Numeric, nullable=False),
        sa.PrimaryKeyConstraint("day", "purpose", "model", name=f"pk_{TABLE}"),
        sa.CheckConstraint("failures BETWEEN 0 AND attempts", name=op.f(f"ck_{TABLE}_failures")),
        sa.CheckConstraint(
            "prompt_tokens >= 0 AND completion_tokens >= 0 AND cost >= 0",
            name=op.f(f"ck_{TABLE}_not_negative"),
        ),
    )


def downgrade() -> None:
    op.drop_table(TABLE)
