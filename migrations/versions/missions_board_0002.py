"""Missions whose reward was refused are found by when they were completed."""

import sqlalchemy as sa
from alembic import op

revision = "missions_board_0002"
down_revision = "sharing_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_mission_progress_refused",
        "mission_progress",
        ["completed_at"],
        postgresql_where=sa.text("refusal IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_mission_progress_refused", "mission_progress")
