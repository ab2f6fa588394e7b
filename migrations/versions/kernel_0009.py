"""Indexes of what is recent, of more tables and in finer ranges, and for lists of reviews."""

from typing import Any

import sqlalchemy as sa

from mall.kernel.migrating import build_index, drop_index

revision = "kernel_0009"
down_revision = "kernel_0008"
branch_labels = None
depends_on = None

_FINE: dict[str, Any] = {
    "postgresql_using": "brin",
    "postgresql_with": {"pages_per_range": 16},
}
_FINER = {
    "cashback_shows": "changed_at",
    "channel_claims": "created_at",
    "commission_entries": "created_at",
    "commission_lines": "created_at",
    "commission_orders": "created_at",
    "groupbuy_brought": "created_at",
    "ladder_grants": "created_at",
    "lesson_attempts": "created_at",
    "lesson_progress": "day",
    "moderated_contents": "changed_at",
    "order_attributions": "day",
    "payouts": "created_at",
    "product_answers": "changed_at",
    "promoter_changes": "created_at",
    "referral_bindings": "bound_at",
    "referral_invites": "changed_at",
    "referral_screenings": "created_at",
    "review_follow_ups": "changed_at",
    "review_reward_grants": "created_at",
    "review_votes": "created_at",
    "reviews": "changed_at",
    "stock_movements": "created_at",
}
_NEW = {
    "answer_votes": "created_at",
    "flash_tickets": "created_at",
    "groupbuy_members": "created_at",
    "product_questions": "created_at",
    "promoters": "created_at",
    "referral_bindings": "created_at",
    "trial_applications": "changed_at",
}


def upgrade() -> None:
    for table, column in (*_FINER.items(), *_NEW.items()):
        build_index(f"ix_{table}_{column}", table, [column], **_FINE)
    build_index("ix_promoters_applied_at", "promoters", ["applied_at"])
    downloads = "promoter_material_downloads"
    build_index(f"ix_{downloads}_last_at", downloads, ["last_at"])
    build_index(
        "ix_trial_applications_trial_id_status",
        "trial_applications",
        ["trial_id", "status", "id"],
    )
    build_index("ix_reviews_status_id", "reviews", ["status", "id"])
    build_index(
        "ix_moderated_contents_objected",
        "moderated_contents",
        ["id"],
        postgresql_where=sa.text("objected_at IS NOT NULL"),
    )
    build_index(
        "ix_moderated_contents_findings",
        "moderated_contents",
        ["findings"],
        postgresql_using="gin",
        postgresql_ops={"findings": "jsonb_path_ops"},
    )
    build_index(
        "ix_stock_movements_part_of",
        "stock_movements",
        [sa.text("split_part(ref, '-', 1)")],
        postgresql_where=sa.text("ref LIKE '%-%'"),
    )


def downgrade() -> None:
    drop_index("ix_stock_movements_part_of", "stock_movements")
    drop_index("ix_moderated_contents_findings", "moderated_contents")
    drop_index("ix_moderated_contents_objected", "moderated_contents")
    drop_index("ix_reviews_status_id", "reviews")
    drop_index("ix_trial_applications_trial_id_status", "trial_applications")
    drop_index("ix_promoter_material_downloads_last_at", "promoter_material_downloads")
    drop_index("ix_promoters_applied_at", "promoters")
    for table, column in _NEW.items():
        drop_index(f"ix_{table}_{column}", table)
    for table, column in _FINER.items():
        build_index(f"ix_{table}_{column}", table, [column], postgresql_using="brin")
