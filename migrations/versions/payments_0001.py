"""Tables of mall.payments."""

import sqlalchemy as sa  # noqa: F401
from alembic import op  # noqa: F401

revision = "payments_0001"
down_revision = "shipping_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
