"""Durable jobs, and the lease that one finalizer holds at a time."""

revision = "20261120_jobs"
down_revision = "20261120_model_usage"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
