"""Customers who closed their account: a keyed hash, while the shop keeps one."""

import sqlalchemy as sa
from alembic import op

revision = "users_0005"
down_revision = "exchange_0001"
branch_labels = None
depends_on = None

_PERSONAL = (
    "openid, unionid, nickname, avatar_url, phone_sealed, phone_index, first_touch, risk_rank,"
    " risk_asked_at"
)


def upgrade() -> None:
    op.create_table(
        "closed_customers",
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("identity", name="pk_closed_customers"),
    )
    op.create_index("ix_closed_customers_closed_at", "closed_customers", ["closed_at"])
    op.add_column(
        "users", sa.Column("bought_before_until", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(
        "ix_users_bought_before_until",
        "users",
        ["bought_before_until"],
        postgresql_where=sa.text("bought_before_until IS NOT NULL"),
    )
    _closed_is_empty(f"{_PERSONAL}, bought_before_until")


def downgrade() -> None:
    _closed_is_empty(_PERSONAL)
    op.drop_index("ix_users_bought_before_until", table_name="users")
    op.drop_column("users", "bought_before_until")
    op.drop_table("closed_customers")


def _closed_is_empty(personal: str) -> None:
    name = op.f("ck_users_closed")
    op.drop_constraint(name, "users", type_="check")
    op.create_check_constraint(
        name,
        "users",
        "CASE WHEN closed_at IS NULL THEN openid IS NOT NULL AND erase_due_at IS NULL"
        f" ELSE num_nonnulls({personal}) = 0 END",
    )
