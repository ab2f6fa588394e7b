"""Indexes of what is recent, of more tables."""

from mall.kernel.migrating import build_index, drop_index

revision = "kernel_0010"
down_revision = "reviews_trials_0002"
branch_labels = None
depends_on = None

_FINE = {"postgresql_using": "brin", "postgresql_with": {"pages_per_range": 16}}
_NEW = (
    ("board_awards", "created_at"),
    ("cashback_likes", "created_at"),
    ("imported_reviews", "created_at"),
    ("order_transitions", "created_at"),
    ("posters", "created_at"),
    ("withdrawals", "created_at"),
    ("withdrawals", "ended_at"),
)


def upgrade() -> None:
    for table, column in _NEW:
        build_index(f"ix_{table}_{column}", table, [column], **_FINE)


def downgrade() -> None:
    for table, column in _NEW:
        drop_index(f"ix_{table}_{column}", table)
