"""Expanding red packets; coupons with a face value of their own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "packets_0001"
down_revision = "lottery_lots_0001"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
WAYS = "way IN ('public', 'code', 'reward', 'channel'{})"
TERMS = (
    *("name", "rules", "warm_first", "warm_last", "sale_first", "sale_last", "values_fen"),
    *("threshold_fen", "scope", "packets", "budget_fen", "template_id", "published_at"),
)


def big(name: str, *, nullable: bool = False, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=nullable, **kwargs)


def words(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=False, **kwargs)


def day(name: str) -> sa.Column:
    return sa.Column(name, sa.Date(), nullable=False)


def moment(name: str, *, nullable: bool = True, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, **kwargs)


def reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}")


def check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    let_coupons_have_values()
    create_campaigns()
    create_packets()
    keep_what_was_published()


def let_coupons_have_values() -> None:
    op.add_column("coupons", big("amount_fen", nullable=True))
    set_ways(", 'feature'")
    op.create_check_constraint(
        op.f("ck_coupons_amount_fen"),
        "coupons",
        "(way = 'feature') = (amount_fen IS NOT NULL) AND amount_fen > 0",
    )
    op.create_check_constraint(
        op.f("ck_coupon_templates_own_amounts"),
        "coupon_templates",
        "way <> 'feature' OR kind = 'amount'",
    )


def set_ways(more: str) -> None:
    for table in ("coupon_templates", "coupons"):
        op.drop_constraint(op.f(f"ck_{table}_way"), table)
        op.create_check_constraint(op.f(f"ck_{table}_way"), table, WAYS.format(more))


def create_campaigns() -> None:
    table = "packet_campaigns"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        words("name"),
        words("rules"),
        big("revision", server_default=sa.text("1")),
        *(day(name) for name in ("warm_first", "warm_last", "sale_first", "sale_last")),
        sa.Column("values_fen", postgresql.JSONB(), nullable=False),
        big("threshold_fen"),
        sa.Column("scope", postgresql.JSONB(), nullable=False),
        big("packets", nullable=True),
        big("budget_fen", nullable=True),
        big("template_id", nullable=True),
        moment("published_at"),
        sa.Column("paused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        moment("ended_at"),
        words("end_reason", server_default=sa.text("''")),
        moment("created_at", nullable=False, server_default=NOW),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("template_id", name=f"uq_{table}_template_id"),
        reference(table, "template_id", "coupon_templates"),
        check(
            table,
            "days",
            "warm_first <= warm_last AND warm_last < sale_first AND sale_first <= sale_last",
        ),
        check(table, "amounts", "packets > 0 AND budget_fen > 0 AND threshold_fen >= 0"),
        check(table, "bounded", "num_nonnulls(packets, budget_fen) > 0"),
        check(
            table,
            "published",
            "(published_at IS NULL) = (template_id IS NULL)"
            " AND (ended_at IS NULL OR published_at IS NOT NULL)",
        ),
    )


def create_packets() -> None:
    table = "packets"
    op.create_table(
        table,
        big("campaign_id"),
        big("user_id"),
        big("coupon_id"),
        day("opened_on"),
        big("check_ins", server_default=sa.text("0")),
        moment("created_at", nullable=False, server_default=NOW),
        sa.PrimaryKeyConstraint("campaign_id", "user_id", name=f"pk_{table}"),
        sa.UniqueConstraint("coupon_id", name=f"uq_{table}_coupon_id"),
        reference(table, "campaign_id", "packet_campaigns"),
        reference(table, "user_id", "users"),
        reference(table, "coupon_id", "coupons"),
        check(table, "check_ins", "check_ins >= 0"),
    )
    op.create_index(f"ix_{table}_user_id", table, ["user_id"])
    op.create_index(f"ix_{table}_campaign_id_coupon_id", table, ["campaign_id", "coupon_id"])
    op.create_index(f"ix_{table}_created_at", table, ["created_at"], postgresql_using="brin")


def keep_what_was_published() -> None:
    old, new = (", ".join(f"{row}.{name}" for name in TERMS) for row in ("OLD", "NEW"))
    op.execute(
        f"""
        CREATE FUNCTION refuse_packet_terms_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF OLD.published_at IS NOT NULL AND ({old}) IS DISTINCT FROM ({new}) THEN
                RAISE EXCEPTION 'published terms of packets never change'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER packet_campaigns_immutable BEFORE UPDATE ON packet_campaigns"
        " FOR EACH ROW EXECUTE FUNCTION refuse_packet_terms_change()"
    )


def downgrade() -> None:
    op.drop_table("packets")
    op.drop_table("packet_campaigns")
    op.execute("DROP FUNCTION refuse_packet_terms_change()")
    op.drop_constraint(op.f("ck_coupon_templates_own_amounts"), "coupon_templates")
    op.drop_constraint(op.f("ck_coupons_amount_fen"), "coupons")
    op.drop_column("coupons", "amount_fen")
    set_ways("")
