"""What changed since the last roll-up of points is found by an index: lots, and steps of grants."""

from mall.kernel.migrating import build_index, drop_index

revision = "points_reports_0003"
down_revision = "points_reports_0002"
branch_labels = None
depends_on = None

_FINE = {"postgresql_using": "brin", "postgresql_with": {"pages_per_range": 16}}


def upgrade() -> None:
    build_index("ix_points_lots_changed_at", "points_lots", ["changed_at"])
    build_index("ix_reward_steps_created_at", "reward_steps", ["created_at"], **_FINE)


def downgrade() -> None:
    drop_index("ix_reward_steps_created_at", "reward_steps")
    drop_index("ix_points_lots_changed_at", "points_lots")
