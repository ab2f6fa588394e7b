"""An index of the latest steps of orders."""

from mall.kernel.migrating import build_index, drop_index

revision = "orders_0007"
down_revision = "reviews_trials_0002"
branch_labels = None
depends_on = None

_FINE = {"postgresql_using": "brin", "postgresql_with": {"pages_per_range": 16}}
_TABLES = ("order_transitions",)


def upgrade() -> None:
    for table in _TABLES:
        build_index(f"ix_{table}_created_at", table, ["created_at"], **_FINE)


def downgrade() -> None:
    for table in _TABLES:
        drop_index(f"ix_{table}_created_at", table)
