"""Physical prizes: claims on goods that were given as rewards."""

import sqlalchemy as sa
from alembic import op

revision = "prizes_0001"
down_revision = "communities_0001"
branch_labels = None
depends_on = None

TABLE = "prize_claims"
NOW = sa.text("clock_timestamp()")
WAITING = sa.text("state = 'waiting_address'")


def moment(name: str, *, nullable: bool = False, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, **kwargs)


def number(name: str, *, nullable: bool = False, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=nullable, **kwargs)


def reference(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{TABLE}_{column}")


def check(name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{TABLE}_{name}"))


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        number("grant_id", nullable=True),
        number("user_id"),
        number("sku_id"),
        number("units"),
        number("back_units", server_default=sa.text("0")),
        sa.Column("state", sa.Text(), server_default=sa.text("'waiting_address'"), nullable=False),
        moment("changed_at", server_default=NOW),
        moment("claim_by"),
        moment("reminded_at", nullable=True),
        number("order_id", nullable=True),
        moment("ordered_at", nullable=True),
        number("waits", server_default=sa.text("1")),
        sa.Column("end_reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        moment("created_at", server_default=NOW),
        reference("grant_id", "reward_grants.id"),
        reference("user_id", "users.id"),
        reference("sku_id", "skus.id"),
        reference("order_id", "orders.id"),
        check(
            "state",
            "state IN ('waiting_address', 'ordered', 'expired', 'taken_back', 'canceled')",
        ),
        check("units", "units > 0 AND back_units BETWEEN 0 AND units"),
        check("waiting", "state <> 'waiting_address' OR back_units < units"),
        check(
            "order",
            "(order_id IS NULL) = (ordered_at IS NULL)"
            " AND (state <> 'ordered' OR order_id IS NOT NULL)"
            " AND (state <> 'waiting_address' OR order_id IS NULL)",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    index_claims()


def index_claims() -> None:
    op.create_index(f"ix_{TABLE}_grant_id", TABLE, ["grant_id"])
    op.create_index(f"ix_{TABLE}_user_id_id", TABLE, ["user_id", "id"])
    for column in ("created_at", "changed_at"):
        op.create_index(
            f"ix_{TABLE}_{column}",
            TABLE,
            [column],
            postgresql_using="brin",
            postgresql_with={"pages_per_range": 16},
        )
    op.create_index(
        f"uq_{TABLE}_order_id",
        TABLE,
        ["order_id"],
        unique=True,
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_index(f"ix_{TABLE}_claim_by", TABLE, ["claim_by"], postgresql_where=WAITING)
    op.create_index(
        f"ix_{TABLE}_given",
        TABLE,
        ["sku_id"],
        postgresql_include=["units", "back_units"],
        postgresql_where=sa.text("state = 'ordered'"),
    )


def downgrade() -> None:
    op.drop_table(TABLE)
