"""Moderation: the machine's checks, what it compares with, words and reports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reviews_moderation_0002"
down_revision = "reviews_importing_0001"
branch_labels = None
depends_on = None

_NOW = sa.text("clock_timestamp()")


def upgrade() -> None:
    _checks()
    _pictures()
    op.create_table(
        "content_text_bands",
        sa.Column("content_id", sa.BigInteger(), nullable=False),
        sa.Column("band", sa.SmallInteger(), nullable=False),
        sa.Column("hash", sa.BigInteger(), nullable=False),
        _content_key("content_text_bands"),
        sa.PrimaryKeyConstraint("content_id", "band", name=op.f("pk_content_text_bands")),
    )
    op.create_index("ix_content_text_bands_hash", "content_text_bands", ["band", "hash"])
    op.create_table(
        "content_reports",
        sa.Column("content_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        _content_key("content_reports"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_content_reports_user_id")),
        sa.PrimaryKeyConstraint("content_id", "user_id", name=op.f("pk_content_reports")),
    )
    op.create_index("ix_content_reports_user_id", "content_reports", ["user_id"])
    op.create_table(
        "blocked_words",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("suggest", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.CheckConstraint("suggest IN ('review', 'risky')", name=op.f("ck_blocked_words_suggest")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocked_words")),
        sa.UniqueConstraint("word", name=op.f("uq_blocked_words_word")),
    )
    op.create_index(
        "ix_moderated_contents_manual",
        "moderated_contents",
        ["id"],
        postgresql_where=sa.text("manual"),
    )


def _content_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["content_id"], ["moderated_contents.id"], name=op.f(f"fk_{table}_content_id")
    )


def _checks() -> None:
    op.create_table(
        "content_checks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("content_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column(
            "findings",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("trace_id", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.CheckConstraint(
            "status IN ('waiting', 'pass', 'review', 'risky')",
            name=op.f("ck_content_checks_status"),
        ),
        _content_key("content_checks"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_checks")),
        sa.UniqueConstraint(
            "content_id",
            "version",
            "part",
            name=op.f("uq_content_checks_content_id_version_part"),
        ),
    )
    op.create_index(
        "ix_content_checks_waiting",
        "content_checks",
        ["sent_at"],
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_table(
        "media_verdicts",
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.Column("check_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("label", sa.Integer(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("trace_id", name=op.f("pk_media_verdicts")),
    )
    op.create_index("ix_media_verdicts_seen_at", "media_verdicts", ["seen_at"])


def _pictures() -> None:
    op.create_table(
        "content_pictures",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_id", sa.BigInteger(), nullable=False),
        sa.Column("phash", sa.BigInteger(), nullable=False),
        *(sa.Column(f"band_{at}", sa.Integer(), nullable=False) for at in range(1, 5)),
        _content_key("content_pictures"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_content_pictures")),
    )
    for name in ("content_id", "band_1", "band_2", "band_3", "band_4"):
        op.create_index(f"ix_content_pictures_{name}", "content_pictures", [name])


def downgrade() -> None:
    op.drop_index("ix_moderated_contents_manual", table_name="moderated_contents")
    op.drop_table("blocked_words")
    op.drop_table("content_reports")
    op.drop_table("content_text_bands")
    op.drop_table("content_pictures")
    op.drop_table("media_verdicts")
    op.drop_table("content_checks")
