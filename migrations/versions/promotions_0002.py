"""Tallies of promotions: what orders hold of each, limited or not."""

import sqlalchemy as sa
from alembic import op

revision = "promotions_0002"
down_revision = "inventory_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "promotion_tallies",
        sa.Column("promotion_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("part", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("used_fen", sa.BigInteger(), nullable=False),
        sa.Column("used_orders", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "used_fen >= 0 AND used_orders >= 0", name=op.f("ck_promotion_tallies_counts")
        ),
        sa.ForeignKeyConstraint(
            ["promotion_id"], ["promotions.id"], name=op.f("fk_promotion_tallies_promotion_id")
        ),
        sa.PrimaryKeyConstraint("promotion_id", "part", name=op.f("pk_promotion_tallies")),
    )
    # A busy row is updated for every order; room on its page keeps those updates HOT.
    op.execute("ALTER TABLE promotion_tallies SET (fillfactor = 50)")
    op.execute(
        """
        INSERT INTO promotion_tallies
        SELECT promotion_id, order_id % 16, sum(amount_fen), count(*) FROM promotion_uses
        WHERE given_back_at IS NULL GROUP BY 1, 2
        """
    )


def downgrade() -> None:
    op.drop_table("promotion_tallies")
