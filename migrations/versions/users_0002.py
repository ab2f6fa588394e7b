"""What brought a shopper here."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "users_0002"
down_revision = "aftersales_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("first_touch", postgresql.JSONB(none_as_null=True)))


def downgrade() -> None:
    op.drop_column("users", "first_touch")
