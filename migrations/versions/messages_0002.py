"""Messages have recipients, a purpose, a time and an inbox. Marketing is counted by shop day."""

import sqlalchemy as sa
from alembic import op

revision = "messages_0002"
down_revision = "kernel_0004"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
STATUSES = (
    "'waiting', 'pending', 'sending', 'sent', 'unknown', 'failed', 'refused', 'no_grant',"
    " 'no_template', 'over_cap', 'opted_out', 'quiet_hours', 'stale'"
)
OLD_STATUSES = "'pending', 'sending', 'sent', 'no_grant', 'refused', 'failed', 'unknown'"
PURPOSE = (
    "CASE kind WHEN 'order_shipped' THEN 'order' WHEN 'coupon_expiring' THEN 'marketing'"
    " ELSE 'service' END"
)
REMINDER_S = 600


def moment(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), **kwargs)


def upgrade() -> None:
    add_columns()
    op.drop_constraint("uq_messages_kind_ref", "messages")
    # The shopper stood in the reference of a reminder.
    op.execute(
        f"""
        UPDATE messages SET purpose = {PURPOSE},
            ref = CASE kind WHEN 'flash_starting' THEN split_part(ref, ':', 1) ELSE ref END,
            good_until = CASE kind WHEN 'flash_starting'
                THEN created_at + interval '{REMINDER_S} seconds' END
        """
    )
    op.alter_column("messages", "purpose", nullable=False)
    op.alter_column("messages", "template_id", nullable=True)
    change_constraints()
    create_tables()


def add_columns() -> None:
    op.add_column("messages", sa.Column("purpose", sa.Text()))
    op.add_column("messages", moment("not_before"))
    op.add_column("messages", moment("good_until"))
    op.add_column("messages", sa.Column("counted_on", sa.Date()))
    op.add_column("messages", moment("handed_at"))
    op.add_column("messages", sa.Column("quiet_hours", sa.Text()))


def change_constraints() -> None:
    op.create_unique_constraint(
        "uq_messages_kind_ref_user_id", "messages", ["kind", "ref", "user_id"]
    )
    op.drop_constraint(op.f("ck_messages_status"), "messages")
    checks = {
        "status": f"status IN ({STATUSES})",
        "purpose": "purpose IN ('order', 'service', 'marketing')",
        "not_before": "(status = 'waiting') = (not_before IS NOT NULL)",
    }
    for name, condition in checks.items():
        op.create_check_constraint(op.f(f"ck_messages_{name}"), "messages", condition)
    op.create_index(
        "ix_messages_waiting",
        "messages",
        ["kind", "not_before"],
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_index(
        "ix_messages_counted_on",
        "messages",
        ["counted_on", "user_id"],
        postgresql_where=sa.text("counted_on IS NOT NULL"),
    )


def create_tables() -> None:
    op.create_table(
        "marketing_days",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("allowed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "day", name="pk_marketing_days"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_marketing_days_user_id"),
        sa.CheckConstraint(
            "counted >= 0 AND counted <= allowed", name=op.f("ck_marketing_days_counted")
        ),
        sa.CheckConstraint("allowed <= 20", name=op.f("ck_marketing_days_allowed")),
    )
    op.create_index("ix_marketing_days_day", "marketing_days", ["day"])
    op.create_table(
        "message_preferences",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("marketing", sa.Boolean(), nullable=False),
        moment("updated_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_message_preferences"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_message_preferences_user_id"),
    )
    op.create_table(
        "inbox_messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("page", sa.Text()),
        moment("read_at"),
        moment("created_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inbox_messages"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_inbox_messages_message_id"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_inbox_messages_user_id"),
        sa.UniqueConstraint("message_id", name="uq_inbox_messages_message_id"),
    )
    op.create_index("ix_inbox_messages_user_id_id", "inbox_messages", ["user_id", "id"])
    op.create_index(
        "ix_inbox_messages_unread",
        "inbox_messages",
        ["user_id"],
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_index("ix_inbox_messages_created_at", "inbox_messages", ["created_at"])


def downgrade() -> None:
    for table in ("inbox_messages", "message_preferences", "marketing_days"):
        op.drop_table(table)
    op.drop_index("ix_messages_counted_on", "messages")
    op.drop_index("ix_messages_waiting", "messages")
    for name in ("not_before", "purpose", "status"):
        op.drop_constraint(op.f(f"ck_messages_{name}"), "messages")
    op.drop_constraint("uq_messages_kind_ref_user_id", "messages")
    op.execute(
        "UPDATE messages SET status = 'no_grant' WHERE status IN ('waiting', 'no_template',"
        " 'over_cap', 'opted_out', 'quiet_hours', 'stale')"
    )
    op.execute("UPDATE messages SET template_id = '' WHERE template_id IS NULL")
    # A reference was one shopper's.
    op.execute(
        "UPDATE messages m SET ref = ref || ':' || user_id WHERE kind = 'flash_starting' OR EXISTS"
        " (SELECT 1 FROM messages o WHERE o.kind = m.kind AND o.ref = m.ref AND o.id < m.id)"
    )
    op.alter_column("messages", "template_id", nullable=False)
    op.create_check_constraint(
        op.f("ck_messages_status"), "messages", f"status IN ({OLD_STATUSES})"
    )
    op.create_unique_constraint("uq_messages_kind_ref", "messages", ["kind", "ref"])
    for name in (
        *("quiet_hours", "handed_at", "counted_on"),
        *("good_until", "not_before", "purpose"),
    ):
        op.drop_column("messages", name)
