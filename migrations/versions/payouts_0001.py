"""Payouts: what is owed, transfers, debts."""

import sqlalchemy as sa
from alembic import op

revision = "payouts_0001"
down_revision = "groupbuy_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payout_accounts",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("debt_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("debt_fen >= 0", name=op.f("ck_payout_accounts_debt")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_payout_accounts_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_payout_accounts")),
    )
    op.create_table(
        "payouts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("payout_no", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("back_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("offset_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'ready'"), nullable=False),
        sa.Column("way", sa.Text(), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(receipt IS NOT NULL) = (coalesce(way, '') = 'hand')", name=op.f("ck_payouts_receipt")
        ),
        sa.CheckConstraint(
            "(status = 'paid') = (paid_at IS NOT NULL) AND (status = 'paid') = (way IS NOT NULL) AND way IN ('transfer', 'hand')",
            name=op.f("ck_payouts_paid"),
        ),
        sa.CheckConstraint(
            "(status = 'void') = (back_fen + offset_fen = amount_fen)", name=op.f("ck_payouts_void")
        ),
        sa.CheckConstraint(
            "status IN ('ready', 'asked', 'paid', 'void')", name=op.f("ck_payouts_status")
        ),
        sa.CheckConstraint(
            "amount_fen > 0 AND back_fen >= 0 AND offset_fen >= 0 AND back_fen + offset_fen <= amount_fen",
            name=op.f("ck_payouts_amounts"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_payouts_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts")),
        sa.UniqueConstraint("kind", "source", name=op.f("uq_payouts_kind_source")),
        sa.UniqueConstraint("payout_no", name=op.f("uq_payouts_payout_no")),
    )
    op.create_index("ix_payouts_status_id", "payouts", ["status", "id"], unique=False)
    op.create_index("ix_payouts_user_id_id", "payouts", ["user_id", "id"], unique=False)
    op.create_table(
        "payout_debts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("payout_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_payout_debts_amount")),
        sa.ForeignKeyConstraint(
            ["payout_id"], ["payouts.id"], name=op.f("fk_payout_debts_payout_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_payout_debts_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_debts")),
    )
    op.create_index("ix_payout_debts_payout_id", "payout_debts", ["payout_id"], unique=False)
    op.create_index("ix_payout_debts_user_id", "payout_debts", ["user_id", "id"], unique=False)
    op.create_table(
        "payout_transfers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("payout_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("out_bill_no", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("scene_id", sa.Text(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("transfer_bill_no", sa.Text(), nullable=True),
        sa.Column("package_info", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(ended_at IS NOT NULL) = (status IN ('succeeded', 'failed', 'canceled', 'refused')) AND (ended_at IS NULL OR name_sealed IS NULL)",
            name=op.f("ck_payout_transfers_ended"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'accepted', 'confirming', 'transferring', 'canceling', 'succeeded', 'failed', 'canceled', 'refused')",
            name=op.f("ck_payout_transfers_status"),
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payout_transfers_amount")),
        sa.ForeignKeyConstraint(
            ["payout_id"], ["payouts.id"], name=op.f("fk_payout_transfers_payout_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_payout_transfers_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_transfers")),
        sa.UniqueConstraint("out_bill_no", name=op.f("uq_payout_transfers_out_bill_no")),
    )
    op.create_index(
        "ix_payout_transfers_payout_id", "payout_transfers", ["payout_id", "id"], unique=False
    )
    op.create_index(
        "ix_payout_transfers_user_id_created_at",
        "payout_transfers",
        ["user_id", "created_at"],
        unique=False,
    )
    op.create_index(
        "uq_payout_transfers_live",
        "payout_transfers",
        ["payout_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_payout_transfers_live",
        table_name="payout_transfers",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index("ix_payout_transfers_user_id_created_at", table_name="payout_transfers")
    op.drop_index("ix_payout_transfers_payout_id", table_name="payout_transfers")
    op.drop_table("payout_transfers")
    op.drop_index("ix_payout_debts_user_id", table_name="payout_debts")
    op.drop_index("ix_payout_debts_payout_id", table_name="payout_debts")
    op.drop_table("payout_debts")
    op.drop_index("ix_payouts_user_id_id", table_name="payouts")
    op.drop_index("ix_payouts_status_id", table_name="payouts")
    op.drop_table("payouts")
    op.drop_table("payout_accounts")
