"""The career chat: schema `chat` under forced row level security."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "20261120_chat"
down_revision = "20261120_idempotency"
branch_labels = None
depends_on = None

SCHEMA = "chat"
TALKS = ("conversations", "messages", "usage_tracking", "erased_usage")
TABLES = (*TALKS, "notifications", "audit_log")

# Unset or empty, as after a transaction that had set it: sees nothing and raises nothing.
OWN = "user_id = NULLIF(current_setting('app.current_user_id', true), '')::uuid"
MAINTENANCE = "current_setting('app.maintenance', true) = 'on'"

# Keys to tables that Go owns: added where those tables exist, hidden from autogenerate.
GO_FOREIGN_KEYS = (
    ("fk_go_chat_conversations_user_id", "conversations"),
    ("fk_go_chat_notifications_user_id", "notifications"),
)


def upgrade() -> None:
    # IF NOT EXISTS would ask for the right to create one even where an administrator has.
    if SCHEMA not in sa.inspect(op.get_bind()).get_schema_names():
        op.execute(f"CREATE SCHEMA {SCHEMA}")
    create_conversations()
    index_conversations()
    create_messages()
    create_usage_tracking()
    create_erased_usage()
    create_notifications()
    create_audit_log()
    for table in TABLES:
        protect(table)
    create_gauges()
    create_received_events()
    if sa.inspect(op.get_bind()).has_table("users"):
        for name, table in GO_FOREIGN_KEYS:
            op.create_foreign_key(
                name, table, "users", ["user_id"], ["id"], ondelete="CASCADE", source_schema=SCHEMA
            )


def downgrade() -> None:
    for table in ("received_events", "gauges", *reversed(TABLES)):
        op.drop_table(table, schema=SCHEMA)
    # A schema in which somebody else keeps tables stays.
    op.execute(
        f"DO $$ BEGIN DROP SCHEMA {SCHEMA};"
        " EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END $$"
    )


def protect(table: str) -> None:
    """A person reads and writes their own rows; maintenance reads and deletes those of all, and can
    neither add nor change any.
    """
    secure(table)
    op.execute(f"CREATE POLICY {table}_user_policy ON {SCHEMA}.{table} FOR ALL USING ({OWN})")
    op.execute(
        f"CREATE POLICY {table}_maintenance_policy ON {SCHEMA}.{table}"
        f" FOR ALL USING ({MAINTENANCE}) WITH CHECK (false)"
    )


def secure(table: str) -> None:
    """Row level security that binds the owner of the table as well."""
    op.execute(f"ALTER TABLE {SCHEMA}.{table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {SCHEMA}.{table} FORCE ROW LEVEL SECURITY")


def create_conversations() -> None:
    """`last_turn_number` counts up under the row's lock and orders parallel sends."""
    create(
        "conversations",
        random_id(),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("title", sa.String(255), nullable=False, server_default="New Conversation"),
        sa.Column("context_type", sa.String(50), nullable=False, server_default="general"),
        document("context_data"),
        sa.Column("status", sa.String(20), nullable=False, server_default="active"),
        document("metadata"),
        now("created_at"),
        now("updated_at"),
        sa.Column("assessment_id", sa.String(100)),
        sa.Column("last_turn_number", sa.Integer, nullable=False, server_default="0"),
        sa.UniqueConstraint("id", "user_id", name="uq_conversations_id_user_id"),
        check("conversations_status_check", "status IN ('active', 'archived', 'deleted')"),
        check(
            "conversations_context_type_check",
            "context_type IN ('general', 'assessment', 'career_guidance')",
        ),
    )


def index_conversations() -> None:
    index("conversations", "user_id")
    index("conversations", "status")
    index("conversations", "updated_at")
    op.create_index(
        "idx_conversations_user_id_updated_at",
        "conversations",
        ["user_id", sa.text("updated_at DESC"), sa.text("id DESC")],
        schema=SCHEMA,
    )
    op.create_index(
        "uq_conversations_user_id_assessment_id",
        "conversations",
        ["user_id", "assessment_id"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("assessment_id IS NOT NULL"),
    )


def create_messages() -> None:
    """A turn is what a person says (version 0) and the answers to it (1, 2, ... regenerated)."""
    create(
        "messages",
        random_id(),
        sa.Column("conversation_id", sa.Uuid, nullable=False),
        sa.Column("sender_type", sa.String(20), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("content_type", sa.String(20), nullable=False, server_default="text"),
        document("metadata"),
        sa.Column("parent_message_id", sa.Uuid),
        now("created_at"),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("turn_number", sa.Integer, nullable=False),
        sa.Column("version", sa.SmallInteger, nullable=False),
        sa.UniqueConstraint(
            "conversation_id", "turn_number", "version", name="uq_messages_conversation_id_turn"
        ),
        of_own_conversation("messages"),
        sa.ForeignKeyConstraint(
            ["parent_message_id"],
            [f"{SCHEMA}.messages.id"],
            name="fk_messages_parent_message_id",
            ondelete="SET NULL",
        ),
        check("messages_sender_type_check", "sender_type IN ('user', 'assistant', 'system')"),
        check("messages_content_type_check", "content_type IN ('text', 'image', 'file')"),
    )
    index("messages", "conversation_id")
    index("messages", "created_at")
    index("messages", "sender_type")
    index("messages", "parent_message_id")
    index("messages", "user_id", "created_at")


def create_usage_tracking() -> None:
    create(
        "usage_tracking",
        random_id(),
        sa.Column("conversation_id", sa.Uuid, nullable=False),
        sa.Column("message_id", sa.Uuid, nullable=False),
        sa.Column("model_used", sa.String(100), nullable=False),
        *(
            sa.Column(name, sa.Integer, nullable=False, server_default="0")
            for name in ("prompt_tokens", "completion_tokens", "total_tokens")
        ),
        sa.Column("cost_credits", sa.Numeric(10, 6), nullable=False, server_default="0"),
        sa.Column("is_free_model", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("processing_time_ms", sa.Integer),
        now("created_at"),
        sa.Column("user_id", sa.Uuid, nullable=False),
        of_own_conversation("usage_tracking"),
        sa.ForeignKeyConstraint(
            ["message_id"],
            [f"{SCHEMA}.messages.id"],
            name="fk_usage_tracking_message_id",
            ondelete="CASCADE",
        ),
    )
    index("usage_tracking", "conversation_id")
    index("usage_tracking", "created_at")
    index("usage_tracking", "message_id")
    index("usage_tracking", "user_id", "created_at")


def create_erased_usage() -> None:
    """A sum without content, which outlives the talks that it was used in until its month ends."""
    create(
        "erased_usage",
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("month", sa.DateTime(timezone=True), nullable=False),
        sa.Column("total_tokens", sa.BigInteger, nullable=False),
        key="user_id",
    )
    index("erased_usage", "month")


def create_notifications() -> None:
    create(
        "notifications",
        sa.Column("id", sa.BigInteger, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("stage", sa.String(50), nullable=False),
        sa.Column("payload", postgresql.JSONB, nullable=False),
        now("created_at"),
        sa.Column("delivered_at", sa.DateTime(timezone=True)),
    )
    index("notifications", "user_id", "id")
    index("notifications", "created_at")
    op.create_index(
        "idx_notifications_waiting",
        "notifications",
        ["user_id", "id"],
        schema=SCHEMA,
        postgresql_where=sa.text("delivered_at IS NULL"),
    )


def create_audit_log() -> None:
    """Without a key to users: that somebody's data was erased outlives the somebody."""
    create(
        "audit_log",
        sa.Column("id", sa.BigInteger, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("actor", sa.String(50), nullable=False),
        sa.Column("action", sa.String(50), nullable=False),
        sa.Column("object", sa.String(100), nullable=False),
        sa.Column("request_id", sa.String(128)),
        now("created_at"),
    )
    index("audit_log", "user_id", "id")
    index("audit_log", "created_at")


def create_gauges() -> None:
    """What is counted over all users: written by maintenance, read by anyone. Nobody's rows."""
    create(
        "gauges",
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("value", sa.BigInteger, nullable=False),
        now("measured_at"),
        key="name",
    )
    secure("gauges")
    op.execute(f"CREATE POLICY gauges_read_policy ON {SCHEMA}.gauges FOR SELECT USING (true)")
    op.execute(
        f"CREATE POLICY gauges_maintenance_policy ON {SCHEMA}.gauges FOR ALL USING ({MAINTENANCE})"
    )


def create_received_events() -> None:
    """Messages of others that were accepted, so that none is twice. Nobody's rows."""
    create(
        "received_events",
        sa.Column("message_id", sa.String(200), nullable=False),
        now("received_at"),
        key="message_id",
    )
    index("received_events", "received_at")
    secure("received_events")
    op.execute(
        "CREATE POLICY received_events_maintenance_policy"
        f" ON {SCHEMA}.received_events FOR ALL USING ({MAINTENANCE})"
    )


def create(name: str, *parts: sa.schema.SchemaItem, key: str = "id") -> None:
    primary = sa.PrimaryKeyConstraint(key, name=f"pk_{name}")
    op.create_table(name, *parts, primary, schema=SCHEMA)


def of_own_conversation(table: str) -> sa.ForeignKeyConstraint:
    """The key carries the owner along, so that a row can never point into another's talk."""
    return sa.ForeignKeyConstraint(
        ["conversation_id", "user_id"],
        [f"{SCHEMA}.conversations.id", f"{SCHEMA}.conversations.user_id"],
        name=f"fk_{table}_conversation_id",
        ondelete="CASCADE",
    )


def index(table: str, *columns: str) -> None:
    op.create_index(f"idx_{table}_{'_'.join(columns)}", table, list(columns), schema=SCHEMA)


def random_id() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid, nullable=False, server_default=sa.text("gen_random_uuid()"))


def document(name: str) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB)


def now(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())


def check(name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(name))
