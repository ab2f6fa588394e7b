"""Indexes for lists that a long history slows down."""

import sqlalchemy as sa

from mall.kernel.migrating import build_index, drop_index

revision = "kernel_0006"
down_revision = "orders_0005"
branch_labels = None
depends_on = None

_PATTERNS = {"spus": "spu_code", "skus": "sku_code"}


def upgrade() -> None:
    build_index("ix_audit_entries_action", "audit_entries", ["action", "id"])
    build_index("ix_audit_entries_created_at", "audit_entries", ["created_at"])
    build_index(
        "ix_audit_entries_request_id",
        "audit_entries",
        ["request_id", "id"],
        postgresql_where=sa.text("request_id IS NOT NULL"),
    )
    build_index(
        "ix_messages_not_sent",
        "messages",
        ["status", "id"],
        postgresql_where=sa.text("status <> 'sent'"),
    )
    build_index("ix_refunds_status_id", "refunds", ["status", "id"])
    hot = [sa.text("CAST(is_hot AS integer)"), "sold_count", "id"]
    build_index("ix_spus_hot", "spus", hot)
    for table, column in _PATTERNS.items():
        ops = {column: "text_pattern_ops"}
        build_index(f"ix_{table}_{column}", table, [column], postgresql_ops=ops)


def downgrade() -> None:
    for table, column in _PATTERNS.items():
        drop_index(f"ix_{table}_{column}", table)
    drop_index("ix_spus_hot", "spus")
    drop_index("ix_refunds_status_id", "refunds")
    drop_index("ix_messages_not_sent", "messages")
    for name in ("request_id", "created_at", "action"):
        drop_index(f"ix_audit_entries_{name}", "audit_entries")
