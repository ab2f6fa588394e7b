"""Lotteries: prizes that were won and not claimed in time."""

import sqlalchemy as sa
from alembic import op

revision = "lottery_0002"
down_revision = "prizes_0001"
branch_labels = None
depends_on = None

TABLE = "lottery_returns"
NOW = sa.text("clock_timestamp()")


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("claim_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lottery_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("prize", sa.SmallInteger(), nullable=False),
        sa.Column("cost_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["prize_claims.id"], name=f"fk_{TABLE}_claim_id"
        ),
        sa.ForeignKeyConstraint(
            ["lottery_id", "number"],
            ["lottery_draws.lottery_id", "lottery_draws.number"],
            name=f"fk_{TABLE}_draw",
        ),
        sa.CheckConstraint(
            "(state = 'returned') = (version IS NOT NULL)", name=op.f(f"ck_{TABLE}_version")
        ),
        sa.CheckConstraint(
            "(state = 'pending') = (decided_at IS NULL)", name=op.f(f"ck_{TABLE}_decided_at")
        ),
        sa.PrimaryKeyConstraint("claim_id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("lottery_id", "number", name=op.f(f"uq_{TABLE}_lottery_id_number")),
    )
    op.create_index(
        f"ix_{TABLE}_created_at",
        TABLE,
        ["created_at"],
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16},
    )
    op.create_index(f"ix_{TABLE}_version", TABLE, ["lottery_id", "version"])
    op.create_index(
        f"ix_{TABLE}_pending",
        TABLE,
        ["lottery_id", "number"],
        postgresql_where=sa.text("state = 'pending'"),
    )


def downgrade() -> None:
    op.drop_table(TABLE)
