"""Tables of mall.messages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "messages_0001"
down_revision = "payments_0001"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
ZERO = sa.text("0")


def moment(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), **kwargs)


def upgrade() -> None:
    op.create_table(
        "message_grants",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("template_id", sa.Text(), nullable=False),
        sa.Column("reported", sa.Integer(), server_default=ZERO, nullable=False),
        sa.Column("pushed", sa.Integer(), server_default=ZERO, nullable=False),
        sa.Column("used", sa.Integer(), server_default=ZERO, nullable=False),
        moment("updated_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "template_id", name="pk_message_grants"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_message_grants_user_id"),
        sa.CheckConstraint(
            "reported >= 0 AND pushed >= 0", name=op.f("ck_message_grants_counts")
        ),
        sa.CheckConstraint(
            "used >= 0 AND used <= greatest(reported, pushed)",
            name=op.f("ck_message_grants_used"),
        ),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("template_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        moment("due_at", nullable=False),
        moment("sent_at"),
        sa.Column("error_code", sa.Text()),
        sa.Column("error", sa.Text()),
        moment("created_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_messages_user_id"),
        sa.UniqueConstraint("kind", "ref", name="uq_messages_kind_ref"),
        sa.CheckConstraint(
            "status IN ('pending', 'sending', 'sent', 'no_grant', 'refused', 'failed', 'unknown')",
            name=op.f("ck_messages_status"),
        ),
    )
    op.create_index("ix_messages_user_id_id", "messages", ["user_id", "id"])
    op.create_index(
        "ix_messages_due_at",
        "messages",
        ["due_at"],
        postgresql_where=sa.text("status IN ('pending', 'sending')"),
    )
    op.create_table(
        "wechat_pushes",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(none_as_null=True)),
        moment("received_at", server_default=NOW, nullable=False),
        moment("handled_at"),
        sa.PrimaryKeyConstraint("id", name="pk_wechat_pushes"),
        sa.UniqueConstraint("dedupe_key", name="uq_wechat_pushes_dedupe_key"),
    )
    op.create_index(
        "ix_wechat_pushes_waiting",
        "wechat_pushes",
        ["received_at"],
        postgresql_where=sa.text("handled_at IS NULL"),
    )
    op.create_index("ix_wechat_pushes_handled_at", "wechat_pushes", ["handled_at"])


def downgrade() -> None:
    for table in ("wechat_pushes", "messages", "message_grants"):
        op.drop_table(table)
