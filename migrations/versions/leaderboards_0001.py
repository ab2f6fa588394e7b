"""Leaderboards of invites: terms, prizes, periods; qualified invites by time."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "leaderboards_0001"
down_revision = "screening_0001"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
BOARDS, PRIZES, PERIODS = (
    *("referral_leaderboards", "referral_leaderboard_prizes", "referral_leaderboard_periods"),
)


def moment(name: str, *, nullable: bool = False, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, **kwargs)


def number(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def rank(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), autoincrement=False, nullable=False)


def words(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=nullable)


def reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    op.create_table(
        BOARDS,
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        words("name"),
        words("text"),
        words("period"),
        moment("starts_at"),
        moment("ends_at"),
        sa.Column("wait_h", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        moment("stopped_at", nullable=True),
        words("stop_reason", nullable=True),
        moment("created_at", server_default=NOW),
        sa.PrimaryKeyConstraint("id", name=f"pk_{BOARDS}"),
        check(BOARDS, "period", "period IN ('window', 'day', 'week', 'month')"),
        check(BOARDS, "times", "starts_at < ends_at"),
        check(BOARDS, "wait", "wait_h >= 0"),
        check(BOARDS, "version", "version > 0"),
        check(BOARDS, "stopped", "(stopped_at IS NULL) = (stop_reason IS NULL)"),
    )
    op.create_table(
        PRIZES,
        number("leaderboard_id"),
        rank("first_rank"),
        rank("last_rank"),
        number("rule_id"),
        words("name"),
        sa.Column("reward", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("leaderboard_id", "first_rank", name=f"pk_{PRIZES}"),
        reference(PRIZES, "leaderboard_id", f"{BOARDS}.id"),
        reference(PRIZES, "rule_id", "reward_rules.id"),
        check(PRIZES, "ranks", "0 < first_rank AND first_rank <= last_rank"),
    )
    op.create_table(
        PERIODS,
        number("leaderboard_id"),
        moment("starts_at"),
        number("board_id"),
        sa.PrimaryKeyConstraint("leaderboard_id", "starts_at", name=f"pk_{PERIODS}"),
        reference(PERIODS, "leaderboard_id", f"{BOARDS}.id"),
        reference(PERIODS, "board_id", "boards.id"),
        sa.UniqueConstraint("board_id", name=f"uq_{PERIODS}_board_id"),
    )
    op.create_index(
        "ix_referral_invites_qualified_at",
        "referral_invites",
        ["qualified_at"],
        postgresql_where=sa.text("status = 'qualified'"),
    )


def downgrade() -> None:
    op.drop_index("ix_referral_invites_qualified_at", "referral_invites")
    for table in (PERIODS, PRIZES, BOARDS):
        op.drop_table(table)
