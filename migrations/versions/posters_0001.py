"""Posters: designs, what was made by them, codes of shares."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "posters_0001"
down_revision = "promoters_0001"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")


def upgrade() -> None:
    op.create_table(
        "poster_templates",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("page_kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("layout", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_poster_templates_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poster_templates")),
    )
    op.create_table(
        "posters",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("share_id", sa.BigInteger()),
        sa.Column("template_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.CheckConstraint("status IN ('waiting', 'ready')", name=op.f("ck_posters_status")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_posters_user_id")),
        sa.ForeignKeyConstraint(
            ["share_id"], ["shares.id"], name=op.f("fk_posters_share_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["template_id"], ["poster_templates.id"], name=op.f("fk_posters_template_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posters")),
        sa.UniqueConstraint("name", name="uq_posters_name"),
        sa.UniqueConstraint(
            "share_id", "template_id", "version", "facts", name="uq_posters_share_id_design"
        ),
    )
    op.create_index("ix_posters_user_id", "posters", ["user_id", "id"])
    op.create_index("ix_posters_template_id", "posters", ["template_id"])
    op.create_index("ix_posters_used_at", "posters", ["used_at"])
    op.create_index(
        "ix_posters_waiting", "posters", ["id"], postgresql_where=sa.text("status = 'waiting'")
    )
    op.create_table(
        "share_codes",
        sa.Column("share_id", sa.BigInteger(), nullable=False),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["share_id"], ["shares.id"], name=op.f("fk_share_codes_share_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("share_id", name=op.f("pk_share_codes")),
    )


def downgrade() -> None:
    op.drop_table("share_codes")
    op.drop_table("posters")
    op.drop_table("poster_templates")
