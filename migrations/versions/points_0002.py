"""Frozen lots of a shopper are found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "points_0002"
down_revision = "users_0005"
branch_labels = None
depends_on = None

NAME, TABLE = "ix_points_lots_frozen", "points_lots"


def upgrade() -> None:
    where = sa.text("remaining > 0 AND frozen")
    op.create_index(NAME, TABLE, ["user_id"], postgresql_where=where)


def downgrade() -> None:
    op.drop_index(NAME, TABLE)
