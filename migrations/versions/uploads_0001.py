"""Tables of uploads."""

import sqlalchemy as sa  # noqa: F401
from alembic import op  # noqa: F401

revision = "uploads_0001"
down_revision = "aftersales_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
