"""Up to when promoters were compared with the growth rules."""

import sqlalchemy as sa
from alembic import op

revision = "promoters_0003"
down_revision = "games_pets_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "promoter_growth_looks",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_promoter_growth_looks_one")),
        sa.PrimaryKeyConstraint("id", name="pk_promoter_growth_looks"),
    )


def downgrade() -> None:
    op.drop_table("promoter_growth_looks")
