"""Indexes of what is recent, for the checks of every ten minutes."""

from mall.kernel.migrating import build_index, drop_index

revision = "kernel_0007"
down_revision = "kernel_0006"
branch_labels = None
depends_on = None

_COLUMNS = {
    "cashback_shows": "changed_at",
    "lesson_progress": "day",
    "message_grants": "updated_at",
    "mission_unlocks": "created_at",
    "moderated_contents": "changed_at",
    "payouts": "created_at",
    "product_answers": "changed_at",
    "review_votes": "created_at",
    "till_entries": "day",
    "uploads": "created_at",
}


def upgrade() -> None:
    for table, column in _COLUMNS.items():
        build_index(f"ix_{table}_{column}", table, [column], postgresql_using="brin")


def downgrade() -> None:
    for table, column in _COLUMNS.items():
        drop_index(f"ix_{table}_{column}", table)
