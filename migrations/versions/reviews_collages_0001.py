"""Collages: designs, and what was made by them. The link of plain codes is a setting of sharing."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reviews_collages_0001"
down_revision = "reviews_cashback_0001"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
LINK = ("referral.poster_link_prefix", "sharing.code_link_prefix")
RENAME = sa.text("UPDATE shop_settings SET name = :new WHERE name = :old")


def upgrade() -> None:
    op.create_table(
        "collage_templates",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("page_kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("layout", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_collage_templates_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collage_templates")),
    )
    op.create_table(
        "collages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("share_id", sa.BigInteger()),
        sa.Column("template_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("photos", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("used_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.CheckConstraint(
            "status IN ('waiting', 'checking', 'ready', 'refused', 'hidden', 'failed')",
            name=op.f("ck_collages_status"),
        ),
        sa.CheckConstraint("cardinality(photos) BETWEEN 1 AND 9", name=op.f("ck_collages_photos")),
        sa.CheckConstraint(
            "(reason IS NOT NULL) = (status IN ('refused', 'hidden', 'failed'))",
            name=op.f("ck_collages_reason"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_collages_user_id")),
        sa.ForeignKeyConstraint(
            ["share_id"], ["shares.id"], name=op.f("fk_collages_share_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["template_id"], ["collage_templates.id"], name=op.f("fk_collages_template_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collages")),
        sa.UniqueConstraint("name", name="uq_collages_name"),
    )
    op.create_index(
        "uq_collages_share_id_design",
        "collages",
        ["share_id", "template_id", "version", "facts"],
        unique=True,
        postgresql_where=sa.text("status <> 'failed'"),
    )
    op.create_index("ix_collages_user_id", "collages", ["user_id", "created_at"])
    op.create_index("ix_collages_template_id", "collages", ["template_id"])
    op.create_index("ix_collages_used_at", "collages", ["used_at"])
    op.create_index(
        "ix_collages_waiting", "collages", ["id"], postgresql_where=sa.text("status = 'waiting'")
    )
    old, new = LINK
    op.execute(RENAME.bindparams(old=old, new=new))


def downgrade() -> None:
    old, new = LINK
    op.execute(RENAME.bindparams(old=new, new=old))
    op.drop_table("collages")
    op.drop_table("collage_templates")
