"""First answers, kept for those who ask the very same again."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "20261120_idempotency"
down_revision = "20261120_jobs"
branch_labels = None
depends_on = None

TABLE = "idempotency_keys"


def moment(name: str, **options: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, **options)


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("claim_id", sa.Uuid, nullable=False),
        moment("asked_at", server_default=sa.func.now()),
        moment("claimed_until"),
        moment("expires_at"),
        sa.Column("status", sa.SmallInteger),
        sa.Column("headers", postgresql.JSONB(none_as_null=True)),
        sa.Column("body", sa.LargeBinary),
        sa.PrimaryKeyConstraint("user_id", "key", name=f"pk_{TABLE}"),
        sa.CheckConstraint(
            "num_nonnulls(status, headers, body) IN (0, 3)", name=op.f(f"ck_{TABLE}_answer")
        ),
    )
    op.create_index(f"ix_{TABLE}_expires_at", TABLE, ["expires_at"])


def downgrade() -> None:
    op.drop_table(TABLE)
