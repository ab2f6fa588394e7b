"""Tables of rewards."""

import sqlalchemy as sa  # noqa: F401
from alembic import op  # noqa: F401

revision = "rewards_0001"
down_revision = "promotions_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
