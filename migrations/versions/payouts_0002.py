"""Payouts: kinds' reports, the merchant's limits, the fund-flow bill, withdrawals."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "payouts_0002"
down_revision = "invites_0001"
branch_labels = None
depends_on = None


def _created() -> sa.Column:
    return sa.Column(
        "created_at",
        sa.DateTime(timezone=True),
        server_default=sa.text("clock_timestamp()"),
        nullable=False,
    )


def _count(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)


def upgrade() -> None:
    _transfers()
    _fund_flow()
    _withdrawals()


def _transfers() -> None:
    op.create_table(
        "payout_sums",
        sa.Column("period", sa.Text(), nullable=False),
        _count("amount_fen"),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_payout_sums_amount")),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_payout_sums")),
    )
    for column in (
        sa.Column("report", postgresql.JSONB()),
        sa.Column("perception", sa.Text()),
        sa.Column("day", sa.Date()),
        sa.Column("wechat_ended_at", sa.DateTime(timezone=True)),
        sa.Column("billed_on", sa.Date()),
    ):
        op.add_column("payout_transfers", column)
    op.execute(
        """
        UPDATE payout_transfers t SET
            day = (t.created_at AT TIME ZONE 'Asia/Shanghai')::date,
            wechat_ended_at = t.ended_at,
            perception = '现金奖励',
            report = jsonb_build_array(
                jsonb_build_array('活动名称', p.title), jsonb_build_array('奖励说明', '现金奖励')
            )
        FROM payouts p WHERE p.id = t.payout_id
        """
    )
    op.execute(
        """
        INSERT INTO payout_sums (period, amount_fen)
        SELECT p.period, sum(amount_fen) FROM payout_transfers
        CROSS JOIN LATERAL unnest(
            ARRAY[to_char(day, 'YYYY-MM-DD'), to_char(day, 'YYYY-MM')]
        ) AS p (period)
        WHERE status NOT IN ('failed', 'canceled', 'refused') GROUP BY p.period
        """
    )
    for name in ("report", "perception", "day"):
        op.alter_column("payout_transfers", name, nullable=False)
    op.drop_index("ix_payout_transfers_user_id_created_at", "payout_transfers")
    op.create_index("ix_payout_transfers_user_id_day", "payout_transfers", ["user_id", "day"])
    op.create_index("ix_payout_transfers_day", "payout_transfers", ["day"])
    op.create_index(
        "ix_payout_transfers_unbilled",
        "payout_transfers",
        ["wechat_ended_at"],
        postgresql_where=sa.text("status = 'succeeded' AND billed_on IS NULL"),
    )
    op.create_index(
        "ix_payouts_paid_at",
        "payouts",
        ["paid_at"],
        postgresql_where=sa.text("paid_at IS NOT NULL"),
    )


def _fund_flow() -> None:
    op.create_table(
        "fund_flow_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        _count("their_transfers"),
        _count("their_fen"),
        _count("our_transfers"),
        _count("our_fen"),
        _created(),
        sa.CheckConstraint(
            "status IN ('waiting', 'done', 'failed')", name=op.f("ck_fund_flow_days_status")
        ),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_fund_flow_days")),
    )
    op.create_index(
        "ix_fund_flow_days_due",
        "fund_flow_days",
        ["next_try_at"],
        postgresql_where=sa.text("next_try_at IS NOT NULL"),
    )
    op.create_table(
        "fund_flow_findings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("theirs_fen", sa.BigInteger(), nullable=True),
        sa.Column("ours_fen", sa.BigInteger(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.Column("resolved_by", sa.BigInteger(), nullable=True),
        _created(),
        sa.CheckConstraint(
            "kind IN ('missing', 'extra', 'amount')", name=op.f("ck_fund_flow_findings_kind")
        ),
        sa.CheckConstraint(
            "(resolved_at IS NULL) = (resolution IS NULL)",
            name=op.f("ck_fund_flow_findings_resolution"),
        ),
        sa.ForeignKeyConstraint(
            ["day"], ["fund_flow_days.day"], name=op.f("fk_fund_flow_findings_day")
        ),
        sa.ForeignKeyConstraint(
            ["resolved_by"], ["staff_members.id"], name=op.f("fk_fund_flow_findings_resolved_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_flow_findings")),
        sa.UniqueConstraint("day", "number", name=op.f("uq_fund_flow_findings_day_number")),
    )
    op.create_index(
        "ix_fund_flow_findings_open",
        "fund_flow_findings",
        ["day", "id"],
        postgresql_where=sa.text("resolved_at IS NULL"),
    )


def _withdrawals() -> None:
    op.create_table(
        "withdrawals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("fee_fen", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("payout_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        _created(),
        sa.CheckConstraint(
            "status IN ('waiting', 'approved', 'paid', 'failed', 'canceled', 'refused')",
            name=op.f("ck_withdrawals_status"),
        ),
        sa.CheckConstraint(
            "amount_fen > 0 AND fee_fen >= 0 AND fee_fen < amount_fen",
            name=op.f("ck_withdrawals_amounts"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (status IN ('waiting', 'approved'))",
            name=op.f("ck_withdrawals_ended"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('approved', 'paid', 'failed') OR payout_id IS NOT NULL",
            name=op.f("ck_withdrawals_payout"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_withdrawals_user_id")),
        sa.ForeignKeyConstraint(
            ["payout_id"], ["payouts.id"], name=op.f("fk_withdrawals_payout_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["staff_members.id"], name=op.f("fk_withdrawals_decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawals")),
        sa.UniqueConstraint("number", name=op.f("uq_withdrawals_number")),
        sa.UniqueConstraint("payout_id", name=op.f("uq_withdrawals_payout_id")),
    )
    for columns in (["user_id", "day"], ["user_id", "id"], ["status", "id"]):
        op.create_index(f"ix_withdrawals_{'_'.join(columns)}", "withdrawals", columns)


def downgrade() -> None:
    op.drop_table("withdrawals")
    op.drop_table("fund_flow_findings")
    op.drop_table("fund_flow_days")
    op.drop_index("ix_payouts_paid_at", "payouts")
    for name in ("unbilled", "day", "user_id_day"):
        op.drop_index(f"ix_payout_transfers_{name}", "payout_transfers")
    op.create_index(
        "ix_payout_transfers_user_id_created_at", "payout_transfers", ["user_id", "created_at"]
    )
    for name in ("report", "perception", "day", "wechat_ended_at", "billed_on"):
        op.drop_column("payout_transfers", name)
    op.drop_table("payout_sums")
