"""Earning: the plan of staff, and what each order earned by it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "points_earning_0001"
down_revision = "points_0002"
branch_labels = None
depends_on = None

NOW, ZERO = sa.text("clock_timestamp()"), sa.text("0")


def big(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=kwargs.pop("nullable", False), **kwargs)


def made() -> sa.Column:
    return sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False)


def upgrade() -> None:
    op.create_table(
        "points_earning_plans",
        big("version", autoincrement=False),
        sa.Column("name", sa.Text(), nullable=False),
        big("default_rate"),
        *(
            sa.Column(name, postgresql.JSONB(), nullable=False)
            for name in ("categories", "skus", "days")
        ),
        made(),
        sa.PrimaryKeyConstraint("version", name="pk_points_earning_plans"),
        sa.CheckConstraint(
            "default_rate >= 0", name=op.f("ck_points_earning_plans_default_rate")
        ),
    )
    op.create_table(
        "points_earned",
        big("order_id"),
        big("version"),
        big("entry_id", nullable=True),
        big("points"),
        big("reversed", server_default=ZERO),
        sa.Column("thawed_at", sa.DateTime(timezone=True)),
        made(),
        sa.PrimaryKeyConstraint("order_id", name="pk_points_earned"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_points_earned_order_id"),
        sa.ForeignKeyConstraint(
            ["version"], ["points_earning_plans.version"], name="fk_points_earned_version"
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["points_entries.id"], name="fk_points_earned_entry_id"
        ),
        sa.CheckConstraint(
            "points >= 0 AND reversed BETWEEN 0 AND points", name=op.f("ck_points_earned_points")
        ),
        sa.CheckConstraint(
            "(entry_id IS NULL) = (points = 0)", name=op.f("ck_points_earned_entry")
        ),
    )
    op.create_index(
        "ix_points_earned_created_at", "points_earned", ["created_at"], postgresql_using="brin"
    )
    op.create_table(
        "points_earned_lines",
        big("order_id"),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        big("rate"),
        big("base_fen"),
        big("back_fen", server_default=ZERO),
        sa.PrimaryKeyConstraint("order_id", "position", name="pk_points_earned_lines"),
        sa.ForeignKeyConstraint(
            ["order_id"], ["points_earned.order_id"], name="fk_points_earned_lines_order_id"
        ),
        sa.CheckConstraint(
            "rate > 0 AND base_fen > 0", name=op.f("ck_points_earned_lines_earns")
        ),
        sa.CheckConstraint(
            "back_fen BETWEEN 0 AND base_fen", name=op.f("ck_points_earned_lines_back")
        ),
    )


def downgrade() -> None:
    op.drop_table("points_earned_lines")
    op.drop_table("points_earned")
    op.drop_table("points_earning_plans")
