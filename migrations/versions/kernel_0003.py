"""Calls to WeChat that must be made wait in one table, whatever they are about."""

import sqlalchemy as sa
from alembic import op

revision = "kernel_0003"
down_revision = "settings_0001"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
TIME = sa.DateTime(timezone=True)
# The sweep finds what their jobs would have done.
OLD_JOBS = (
    "'payments.send_refund', 'payments.send_due_refunds', 'shipping.send_report',"
    " 'shipping.sweep_reports', 'messages.send', 'messages.sweep'"
)
REFUNDS = """
    INSERT INTO outbound_calls (kind, key, state, attempts, due_at, error_code, since)
    SELECT 'payments.refund', id,
        CASE WHEN status IN ('pending', 'sent', 'abnormal') THEN 'pending'
             WHEN status IN ('closed', 'failed') THEN 'given_up' ELSE 'done' END,
        tries,
        CASE WHEN status IN ('pending', 'sent', 'abnormal')
             THEN coalesce(next_try_at, clock_timestamp()) END,
        error, created_at
    FROM refunds
"""
REPORTS = """
    INSERT INTO outbound_calls
        (kind, key, state, attempts, due_at, error_code, error, since)
    SELECT 'shipping.report', order_id,
        CASE status WHEN 'pending' THEN 'pending' WHEN 'failed' THEN 'given_up' ELSE 'done' END,
        attempts, CASE WHEN status = 'pending' THEN due_at END, error_code, error, created_at
    FROM shipping_reports
"""
MESSAGES = """
    INSERT INTO outbound_calls
        (kind, key, state, attempts, due_at, error_code, error, since)
    SELECT 'messages.send', id,
        CASE status WHEN 'failed' THEN 'given_up' ELSE status END,
        CASE status WHEN 'pending' THEN 0 ELSE 1 END,
        CASE WHEN status IN ('pending', 'sending') THEN due_at END, error_code, error, created_at
    FROM messages WHERE status IN ('pending', 'sending', 'failed', 'unknown')
"""


def upgrade() -> None:
    op.create_table(
        "outbound_calls",
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("key", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("state", sa.Text(), nullable=False, server_default="pending"),
        sa.Column("version", sa.BigInteger(), nullable=False, server_default="1"),
        sa.Column("attempts", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("due_at", TIME),
        sa.Column("claimed_until", TIME),
        sa.Column("error_code", sa.Text()),
        sa.Column("error", sa.Text()),
        sa.Column("since", TIME, nullable=False, server_default=NOW),
        sa.Column("updated_at", TIME, nullable=False, server_default=NOW),
        sa.CheckConstraint(
            "state IN ('pending', 'sending', 'unknown', 'done', 'given_up')",
            name=op.f("ck_outbound_calls_state"),
        ),
        sa.CheckConstraint(
            "CASE WHEN state IN ('pending', 'sending') THEN due_at IS NOT NULL"
            " WHEN state IN ('done', 'given_up') THEN due_at IS NULL ELSE true END",
            name=op.f("ck_outbound_calls_due"),
        ),
    )
    for statement in (REFUNDS, REPORTS, MESSAGES):
        op.execute(statement)
    for name, column, where in (
        ("due_at", "due_at", "due_at IS NOT NULL"),
        ("done", "updated_at", "state = 'done'"),
        ("given_up", "kind", "state = 'given_up'"),
    ):
        op.create_index(
            f"ix_outbound_calls_{name}", "outbound_calls", [column], postgresql_where=sa.text(where)
        )
    op.execute(
        f"DELETE FROM procrastinate_jobs WHERE status IN ('todo', 'failed')"
        f" AND task_name IN ({OLD_JOBS})"
    )
    for table, columns in {
        "refunds": ("tries", "next_try_at"),
        "shipping_reports": ("attempts", "due_at", "busy_until"),
        "messages": ("due_at",),
    }.items():
        for column in columns:
            op.drop_column(table, column)


def downgrade() -> None:
    zero = sa.text("0")
    op.add_column("refunds", sa.Column("tries", sa.SmallInteger(), server_default=zero))
    op.add_column("refunds", sa.Column("next_try_at", TIME))
    op.add_column("shipping_reports", sa.Column("attempts", sa.Integer(), server_default=zero))
    op.add_column("shipping_reports", sa.Column("busy_until", TIME))
    op.add_column("shipping_reports", sa.Column("due_at", TIME, server_default=NOW))
    op.add_column("messages", sa.Column("due_at", TIME, server_default=NOW))
    op.execute(
        "UPDATE refunds SET tries = c.attempts, next_try_at = c.due_at FROM outbound_calls c"
        " WHERE c.kind = 'payments.refund' AND c.key = refunds.id"
    )
    op.execute(
        "UPDATE shipping_reports r SET attempts = c.attempts, due_at = coalesce(c.due_at, r.due_at)"
        " FROM outbound_calls c WHERE c.kind = 'shipping.report' AND c.key = r.order_id"
    )
    for table, column in (
        ("refunds", "tries"),
        ("shipping_reports", "attempts"),
        ("shipping_reports", "due_at"),
        ("messages", "due_at"),
    ):
        op.alter_column(table, column, nullable=False)
    op.alter_column("shipping_reports", "due_at", server_default=None)
    op.alter_column("messages", "due_at", server_default=None)
    op.create_index(
        "ix_refunds_due",
        "refunds",
        ["next_try_at"],
        postgresql_where=sa.text("next_try_at IS NOT NULL"),
    )
    op.create_index(
        "ix_shipping_reports_due_at",
        "shipping_reports",
        ["due_at"],
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        "ix_messages_due_at",
        "messages",
        ["due_at"],
        postgresql_where=sa.text("status IN ('pending', 'sending')"),
    )
    op.execute(
        "DELETE FROM procrastinate_jobs WHERE status IN ('todo', 'failed')"
        " AND task_name LIKE 'kernel.%outbound_call%'"
    )
    op.drop_table("outbound_calls")
