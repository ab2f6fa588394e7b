"""Trials: what staff offer, who applied, and what became of each unit."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reviews_trials_0001"
down_revision = "payouts_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trial_promoter_offers",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("late", sa.BigInteger(), nullable=False),
        sa.Column("overdue", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_members.id"], name=op.f("fk_trial_promoter_offers_staff_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_trial_promoter_offers_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_trial_promoter_offers")),
    )
    op.create_table(
        "trials",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("sku_id", sa.BigInteger(), nullable=False),
        sa.Column("spu_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("units", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("picked", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("ordered", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("stock_steps", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("apply_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("apply_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accept_days", sa.SmallInteger(), nullable=False),
        sa.Column("review_days", sa.SmallInteger(), nullable=False),
        sa.Column("min_pictures", sa.SmallInteger(), nullable=False),
        sa.Column("needs_video", sa.Boolean(), nullable=False),
        sa.Column("by_invitation", sa.Boolean(), nullable=False),
        sa.Column(
            "requires",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("requires_text", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("accept_days > 0 AND review_days > 0", name=op.f("ck_trials_days")),
        sa.CheckConstraint("apply_until > apply_from", name=op.f("ck_trials_window")),
        sa.CheckConstraint("closed_at IS NULL OR units = picked", name=op.f("ck_trials_closed")),
        sa.CheckConstraint("min_pictures BETWEEN 1 AND 9", name=op.f("ck_trials_min_pictures")),
        sa.CheckConstraint(
            "ordered >= 0 AND picked >= ordered AND units >= picked", name=op.f("ck_trials_units")
        ),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name=op.f("fk_trials_sku_id")),
        sa.ForeignKeyConstraint(["spu_id"], ["spus.id"], name=op.f("fk_trials_spu_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trials")),
    )
    op.create_index(
        "ix_trials_open",
        "trials",
        ["apply_until"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "trial_applications",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("trial_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'applied'"), nullable=False),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("picked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accept_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_id", sa.BigInteger(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("late", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(status = 'done') = (review_id IS NOT NULL)"
            " AND (status = 'done') = (done_at IS NOT NULL)",
            name=op.f("ck_trial_applications_done"),
        ),
        sa.CheckConstraint(
            "status <> 'overdue' OR due_at IS NOT NULL", name=op.f("ck_trial_applications_overdue")
        ),
        sa.CheckConstraint(
            "status IN ('applied', 'picked', 'accepted', 'done', 'overdue',"
            " 'not_picked', 'declined', 'lapsed', 'canceled')",
            name=op.f("ck_trial_applications_status"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('accepted', 'done', 'overdue') OR order_id IS NOT NULL",
            name=op.f("ck_trial_applications_order"),
        ),
        sa.CheckConstraint(
            "(received_at IS NULL) = (due_at IS NULL)", name=op.f("ck_trial_applications_due_at")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_trial_applications_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_trial_applications_review_id")
        ),
        sa.ForeignKeyConstraint(
            ["trial_id"], ["trials.id"], name=op.f("fk_trial_applications_trial_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_trial_applications_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_applications")),
        sa.UniqueConstraint("order_id", name=op.f("uq_trial_applications_order_id")),
        sa.UniqueConstraint("trial_id", "user_id", name="uq_trial_applications_trial_user"),
    )
    op.create_index(
        "ix_trial_applications_accept_by",
        "trial_applications",
        ["accept_by"],
        unique=False,
        postgresql_where=sa.text("status = 'picked'"),
    )
    op.create_index(
        "ix_trial_applications_due_at",
        "trial_applications",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("status = 'accepted'"),
    )
    op.create_index(
        "ix_trial_applications_trial_id_id", "trial_applications", ["trial_id", "id"], unique=False
    )
    op.create_index(
        "ix_trial_applications_user_id_id", "trial_applications", ["user_id", "id"], unique=False
    )
    op.create_table(
        "trial_invitations",
        sa.Column("trial_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "invited_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["trial_id"], ["trials.id"], name=op.f("fk_trial_invitations_trial_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_trial_invitations_user_id")
        ),
        sa.PrimaryKeyConstraint("trial_id", "user_id", name=op.f("pk_trial_invitations")),
    )
    op.create_index("ix_trial_invitations_user_id", "trial_invitations", ["user_id"], unique=False)


def downgrade() -> None:
    op.drop_table("trial_invitations")
    op.drop_table("trial_applications")
    op.drop_table("trials")
    op.drop_table("trial_promoter_offers")
