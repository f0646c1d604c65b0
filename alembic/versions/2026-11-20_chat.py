"""The career chat: schema `chat` under forced row level security."""

revision = "20261120_chat"
down_revision = "20261120_idempotency"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
