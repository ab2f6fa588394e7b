"""Tables of mall.shipping."""

import sqlalchemy as sa  # noqa: F401
from alembic import op  # noqa: F401

revision = "shipping_0001"
down_revision = "orders_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
