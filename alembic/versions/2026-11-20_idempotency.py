"""First answers, kept for those who ask the very same again."""

revision = "20261120_idempotency"
down_revision = "20261120_jobs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
