"""Indexes of what needs somebody: jobs that were given up, contents in which a check found
something."""

import sqlalchemy as sa

from mall.kernel.migrating import build_index, drop_index

revision = "kernel_0011"
down_revision = "kernel_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    build_index(
        "ix_procrastinate_jobs_failed",
        "procrastinate_jobs",
        ["id"],
        postgresql_where=sa.text("status = 'failed'"),
    )
    build_index(
        "ix_content_checks_risky",
        "content_checks",
        ["content_id"],
        postgresql_where=sa.text("status = 'risky'"),
    )
    build_index("ix_order_closings_created_at", "order_closings", ["created_at"])


def downgrade() -> None:
    drop_index("ix_order_closings_created_at", "order_closings")
    drop_index("ix_content_checks_risky", "content_checks")
    drop_index("ix_procrastinate_jobs_failed", "procrastinate_jobs")
