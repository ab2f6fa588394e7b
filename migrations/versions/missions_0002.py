"""Make-up: days that were added later, and the cards that they take."""

import sqlalchemy as sa
from alembic import op

revision = "missions_0002"
down_revision = "missions_0001"
branch_labels = None
depends_on = None

NONE = sa.text("0")


def upgrade() -> None:
    op.add_column(
        "check_ins",
        sa.Column("made_up", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_table(
        "make_up_cards",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("given", sa.BigInteger(), nullable=False),
        sa.Column("taken_back", sa.BigInteger(), server_default=NONE, nullable=False),
        sa.Column("used", sa.BigInteger(), server_default=NONE, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_make_up_cards"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_make_up_cards_user_id"),
        sa.CheckConstraint(
            "used >= 0 AND taken_back >= 0 AND used + taken_back <= given",
            name=op.f("ck_make_up_cards_left"),
        ),
    )


def downgrade() -> None:
    op.drop_table("make_up_cards")
    op.drop_column("check_ins", "made_up")
