"""Questions on products, who was asked to answer, answers and their votes."""

import sqlalchemy as sa
from alembic import op

revision = "reviews_questions_0001"
down_revision = "reviews_moderation_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "asked_shoppers",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_asked_shoppers_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_asked_shoppers")),
    )
    op.create_table(
        "product_questions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("spu_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("answers", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(status = 'deleted') = (deleted_at IS NOT NULL)",
            name=op.f("ck_product_questions_deleted_at"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'approved', 'refused', 'hidden', 'deleted')",
            name=op.f("ck_product_questions_status"),
        ),
        sa.CheckConstraint("answers >= 0", name=op.f("ck_product_questions_answers")),
        sa.ForeignKeyConstraint(["spu_id"], ["spus.id"], name=op.f("fk_product_questions_spu_id")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_product_questions_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_questions")),
    )
    op.create_index(
        "ix_product_questions_hot",
        "product_questions",
        ["spu_id", sa.literal_column("answers DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("status = 'approved'"),
    )
    op.create_index(
        "ix_product_questions_new",
        "product_questions",
        ["spu_id", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'approved'"),
    )
    op.create_index(
        "ix_product_questions_unanswered",
        "product_questions",
        ["approved_at"],
        unique=False,
        postgresql_where=sa.text("status = 'approved' AND answers = 0"),
    )
    op.create_index(
        "ix_product_questions_user_id_id", "product_questions", ["user_id", "id"], unique=False
    )
    op.create_table(
        "spu_questions",
        sa.Column("spu_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("questions", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("questions >= 0", name=op.f("ck_spu_questions_questions")),
        sa.ForeignKeyConstraint(["spu_id"], ["spus.id"], name=op.f("fk_spu_questions_spu_id")),
        sa.PrimaryKeyConstraint("spu_id", name=op.f("pk_spu_questions")),
    )
    op.create_table(
        "product_answers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("question_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("of_trial", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("helpful", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("rounds", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("grant_id", sa.BigInteger(), nullable=True),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(status = 'deleted') = (deleted_at IS NOT NULL)",
            name=op.f("ck_product_answers_deleted_at"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'approved', 'refused', 'hidden', 'deleted')",
            name=op.f("ck_product_answers_status"),
        ),
        sa.CheckConstraint(
            "(user_id IS NULL) = (staff_id IS NOT NULL)", name=op.f("ck_product_answers_writer")
        ),
        sa.CheckConstraint(
            "grant_id IS NULL OR refusal IS NULL", name=op.f("ck_product_answers_outcome")
        ),
        sa.CheckConstraint("helpful >= 0", name=op.f("ck_product_answers_helpful")),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["reward_grants.id"], name=op.f("fk_product_answers_grant_id")
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["product_questions.id"], name=op.f("fk_product_answers_question_id")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_members.id"], name=op.f("fk_product_answers_staff_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_product_answers_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_answers")),
        sa.UniqueConstraint("question_id", "user_id", name="uq_product_answers_question_user"),
    )
    op.create_index(
        "ix_product_answers_shown",
        "product_answers",
        [
            "question_id",
            sa.literal_column("(user_id IS NULL) DESC"),
            sa.literal_column("helpful DESC"),
            "id",
        ],
        unique=False,
        postgresql_where=sa.text("status = 'approved'"),
    )
    op.create_index(
        "ix_product_answers_user_id_id", "product_answers", ["user_id", "id"], unique=False
    )
    op.create_index(
        "uq_product_answers_shop",
        "product_answers",
        ["question_id"],
        unique=True,
        postgresql_where=sa.text("user_id IS NULL"),
    )
    op.create_table(
        "question_askings",
        sa.Column("question_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "asked_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["product_questions.id"], name=op.f("fk_question_askings_question_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_question_askings_user_id")
        ),
        sa.PrimaryKeyConstraint("question_id", "user_id", name=op.f("pk_question_askings")),
    )
    op.create_index(
        "ix_question_askings_user_id", "question_askings", ["user_id", "question_id"], unique=False
    )
    op.create_table(
        "answer_votes",
        sa.Column("answer_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["product_answers.id"], name=op.f("fk_answer_votes_answer_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_answer_votes_user_id")),
        sa.PrimaryKeyConstraint("answer_id", "user_id", name=op.f("pk_answer_votes")),
    )
    op.create_index("ix_answer_votes_user_id", "answer_votes", ["user_id"], unique=False)


def downgrade() -> None:
    op.drop_table("answer_votes")
    op.drop_table("question_askings")
    op.drop_table("product_answers")
    op.drop_table("spu_questions")
    op.drop_table("product_questions")
    op.drop_table("asked_shoppers")
