"""Lessons with a quiz, and growth rules of promoters."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "promoters_0002"
down_revision = "commission_0001"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
ONE = sa.text("1")


def moment(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), **kwargs)


def number(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=nullable)


def small(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=False)


def words(name: str) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=False)


def data(name: str) -> sa.Column:
    return sa.Column(name, JSONB(), nullable=False)


def yes_or_no(name: str) -> sa.Column:
    return sa.Column(name, sa.Boolean(), nullable=False)


def own_id() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False)


def reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def upgrade() -> None:
    create_lessons()
    create_progress()
    create_attempts()
    create_rules()
    op.create_foreign_key(
        "fk_promoter_changes_rule_id",
        "promoter_changes",
        "promoter_growth_rules",
        ["rule_id"],
        ["id"],
    )


def create_lessons() -> None:
    table = "promoter_lessons"
    op.create_table(
        table,
        own_id(),
        words("name"),
        words("body"),
        data("questions"),
        small("pass_at"),
        small("position"),
        yes_or_no("enabled"),
        sa.Column("version", sa.BigInteger(), server_default=ONE, nullable=False),
        moment("created_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.CheckConstraint("version > 0", name=op.f(f"ck_{table}_version")),
        sa.CheckConstraint(
            "pass_at >= 1 AND pass_at <= jsonb_array_length(questions)",
            name=op.f(f"ck_{table}_pass_at"),
        ),
    )
    op.create_index("ix_promoter_lessons_position", table, ["position", "id"])


def create_progress() -> None:
    table = "lesson_progress"
    op.create_table(
        table,
        number("user_id"),
        number("lesson_id"),
        sa.Column("day", sa.Date(), nullable=False),
        small("attempts"),
        moment("passed_at"),
        sa.PrimaryKeyConstraint("user_id", "lesson_id", name=f"pk_{table}"),
        reference(table, "user_id", "users.id"),
        reference(table, "lesson_id", "promoter_lessons.id"),
        sa.CheckConstraint("attempts >= 1", name=op.f(f"ck_{table}_attempts")),
    )
    op.create_index("ix_lesson_progress_lesson_id", table, ["lesson_id", "passed_at"])


def create_attempts() -> None:
    table = "lesson_attempts"
    op.create_table(
        table,
        own_id(),
        number("user_id"),
        number("lesson_id"),
        number("version"),
        sa.Column("day", sa.Date(), nullable=False),
        small("number"),
        data("answers"),
        small("asked"),
        small("correct"),
        small("pass_at"),
        yes_or_no("passed"),
        moment("created_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        reference(table, "user_id", "users.id"),
        reference(table, "lesson_id", "promoter_lessons.id"),
        sa.UniqueConstraint("user_id", "lesson_id", "day", "number", name=f"uq_{table}_number"),
        sa.CheckConstraint("correct BETWEEN 0 AND asked", name=op.f(f"ck_{table}_correct")),
        sa.CheckConstraint("passed = (correct >= pass_at)", name=op.f(f"ck_{table}_passed")),
    )
    op.create_index("ix_lesson_attempts_lesson_id_id", table, ["lesson_id", "id"])
    op.create_index(
        "ix_lesson_attempts_created_at", table, ["created_at"], postgresql_using="brin"
    )


def create_rules() -> None:
    table = "promoter_growth_rules"
    op.create_table(
        table,
        own_id(),
        words("name"),
        words("opens"),
        number("level_id", nullable=True),
        data("figures"),
        data("lesson_ids"),
        yes_or_no("enabled"),
        sa.Column("version", sa.BigInteger(), server_default=ONE, nullable=False),
        moment("created_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        reference(table, "level_id", "promoter_levels.id"),
        sa.CheckConstraint("opens IN ('standing', 'level')", name=op.f(f"ck_{table}_opens")),
        sa.CheckConstraint(
            "(opens = 'level') = (level_id IS NOT NULL)", name=op.f(f"ck_{table}_level")
        ),
        sa.CheckConstraint(
            "jsonb_array_length(figures) + jsonb_array_length(lesson_ids) > 0",
            name=op.f(f"ck_{table}_asks"),
        ),
        sa.CheckConstraint("version > 0", name=op.f(f"ck_{table}_version")),
    )
    op.create_index("ix_promoter_growth_rules_level_id", table, ["level_id"])


def downgrade() -> None:
    op.drop_constraint("fk_promoter_changes_rule_id", "promoter_changes")
    for table in (
        *("promoter_growth_rules", "lesson_attempts"),
        *("lesson_progress", "promoter_lessons"),
    ):
        op.drop_table(table)
