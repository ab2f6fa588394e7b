"""Tables of mall.coupons."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "coupons_0001"
down_revision = "rewards_0001"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
ZERO, TRUE, EMPTY = sa.text("0"), sa.text("true"), sa.text("''")


def moment(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), **kwargs)


def big(name: str, *args: object, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), *args, **kwargs)


def words(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=False, **kwargs)


def flag(name: str) -> sa.Column:
    return sa.Column(name, sa.Boolean(), server_default=TRUE, nullable=False)


def check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}")


def upgrade() -> None:
    _templates()
    _coupons()
    _codes()


def _templates() -> None:
    op.create_table(
        "coupon_templates",
        big("id", sa.Identity(), nullable=False),
        words("name"),
        words("description", server_default=EMPTY),
        words("kind"),
        big("amount_fen"),
        big("off_bp"),
        big("cap_fen"),
        big("threshold_fen", server_default=ZERO, nullable=False),
        sa.Column("scope", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        words("way"),
        moment("claim_from"),
        moment("claim_to"),
        moment("valid_from"),
        moment("valid_to"),
        big("valid_days"),
        big("total_limit"),
        big("per_user_limit", server_default=sa.text("1"), nullable=False),
        big("claimed", server_default=ZERO, nullable=False),
        flag("back_on_refund"),
        flag("enabled"),
        moment("created_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_coupon_templates"),
        check("coupon_templates", "kind", "kind IN ('amount', 'percent', 'freight', 'exchange')"),
        check("coupon_templates", "way", "way IN ('public', 'code', 'reward')"),
        check(
            "coupon_templates",
            "benefit",
            "(kind = 'amount') = (amount_fen IS NOT NULL)"
            " AND (kind = 'percent') = (off_bp IS NOT NULL)"
            " AND (cap_fen IS NULL OR kind IN ('percent', 'freight'))",
        ),
        check(
            "coupon_templates",
            "amounts",
            "amount_fen > 0 AND off_bp BETWEEN 1 AND 9999 AND cap_fen > 0 AND threshold_fen >= 0",
        ),
        check(
            "coupon_templates",
            "validity",
            "(valid_days IS NULL) = (valid_from IS NOT NULL)"
            " AND (valid_days IS NULL) = (valid_to IS NOT NULL)"
            " AND valid_to > valid_from AND valid_days > 0",
        ),
        check("coupon_templates", "claimed", "claimed >= 0 AND claimed <= total_limit"),
        check("coupon_templates", "per_user_limit", "per_user_limit > 0"),
        check("coupon_templates", "claim_window", "claim_to > claim_from"),
    )


def _coupons() -> None:
    op.create_table(
        "coupon_holdings",
        big("template_id", nullable=False),
        big("user_id", nullable=False),
        big("claimed", nullable=False),
        sa.PrimaryKeyConstraint("template_id", "user_id", name="pk_coupon_holdings"),
        refers("coupon_holdings", "template_id", "coupon_templates"),
        refers("coupon_holdings", "user_id", "users"),
        check("coupon_holdings", "claimed", "claimed > 0"),
    )
    op.create_table(
        "coupons",
        big("id", sa.Identity(), nullable=False),
        big("template_id", nullable=False),
        big("user_id", nullable=False),
        words("status", server_default=sa.text("'available'")),
        words("way"),
        moment("valid_from", nullable=False),
        moment("expires_at", nullable=False),
        big("order_id"),
        moment("used_at"),
        moment("warned_at"),
        moment("revoked_at"),
        moment("created_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_coupons"),
        refers("coupons", "template_id", "coupon_templates"),
        refers("coupons", "user_id", "users"),
        refers("coupons", "order_id", "orders"),
        check("coupons", "status", "status IN ('available', 'locked', 'used', 'revoked')"),
        check("coupons", "order", "(status IN ('locked', 'used')) = (order_id IS NOT NULL)"),
        check("coupons", "used_at", "(status = 'used') = (used_at IS NOT NULL)"),
        check("coupons", "way", "way IN ('public', 'code', 'reward')"),
        check("coupons", "validity", "expires_at > valid_from"),
    )
    op.create_index("ix_coupons_user_id_status_id", "coupons", ["user_id", "status", "id"])
    op.create_index("ix_coupons_template_id_user_id", "coupons", ["template_id", "user_id"])
    op.create_index(
        "ix_coupons_order_id",
        "coupons",
        ["order_id"],
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_index(
        "ix_coupons_expires_at",
        "coupons",
        ["expires_at"],
        postgresql_where=sa.text("status = 'available' AND warned_at IS NULL"),
    )


def _codes() -> None:
    op.create_table(
        "coupon_batches",
        big("id", sa.Identity(), nullable=False),
        big("template_id", nullable=False),
        words("note", server_default=EMPTY),
        big("size", nullable=False),
        moment("created_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_coupon_batches"),
        refers("coupon_batches", "template_id", "coupon_templates"),
        check("coupon_batches", "size", "size > 0"),
    )
    op.create_index("ix_coupon_batches_template_id_id", "coupon_batches", ["template_id", "id"])
    op.create_table(
        "coupon_codes",
        big("id", sa.Identity(), nullable=False),
        big("batch_id", nullable=False),
        words("code"),
        big("coupon_id"),
        moment("redeemed_at"),
        sa.PrimaryKeyConstraint("id", name="pk_coupon_codes"),
        refers("coupon_codes", "batch_id", "coupon_batches"),
        refers("coupon_codes", "coupon_id", "coupons"),
        sa.UniqueConstraint("code", name="uq_coupon_codes_code"),
        sa.UniqueConstraint("coupon_id", name="uq_coupon_codes_coupon_id"),
        check("coupon_codes", "redeemed", "(coupon_id IS NULL) = (redeemed_at IS NULL)"),
    )
    op.create_index("ix_coupon_codes_batch_id_id", "coupon_codes", ["batch_id", "id"])


def downgrade() -> None:
    for table in ("coupon_codes", "coupon_batches", "coupons", "coupon_holdings"):
        op.drop_table(table)
    op.drop_table("coupon_templates")
