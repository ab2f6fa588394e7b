"""Missions: versions, progress with its facts, codes of hidden ones."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "missions_board_0001"
down_revision = "points_reports_0001"
branch_labels = None
depends_on = None

NOW, ZERO, NO = sa.text("clock_timestamp()"), sa.text("0"), sa.text("false")


def big(name: str, *args: object, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), *args, nullable=kwargs.pop("nullable", False), **kwargs)


def words(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=kwargs.pop("nullable", False), **kwargs)


def yes_or_no(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.Boolean(), nullable=False, **kwargs)


def json(name: str) -> sa.Column:
    return sa.Column(name, postgresql.JSONB(), nullable=False)


def when(name: str, **kwargs: object) -> sa.Column:
    kind = sa.DateTime(timezone=True)
    return sa.Column(name, kind, nullable=kwargs.pop("nullable", True), **kwargs)


def made() -> sa.Column:
    return when("created_at", nullable=False, server_default=NOW)


def check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def refers(table: str, column: str, to: str, **kwargs: object) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}", **kwargs)


def upgrade() -> None:
    _missions()
    _progress()
    _codes()


def _missions() -> None:
    op.create_table(
        "mission_board",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        big("revision"),
        check("mission_board", "one_row", "id = 1"),
        sa.PrimaryKeyConstraint("id", name="pk_mission_board"),
    )
    table = "missions"
    op.create_table(
        table,
        big("id", sa.Identity()),
        words("trigger"),
        words("period"),
        yes_or_no("hidden"),
        big("version", server_default=sa.text("1")),
        yes_or_no("enabled", server_default=sa.text("true")),
        made(),
        check(table, "period", "period IN ('once', 'day', 'week', 'month', 'campaign')"),
        check(table, "version", "version > 0"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )
    table = "mission_versions"
    op.create_table(
        table,
        big("mission_id"),
        big("version", autoincrement=False),
        words("name"),
        words("text"),
        words("measure"),
        json("filters"),
        big("target"),
        json("rewards"),
        yes_or_no("at_once"),
        json("audience"),
        big("requires_id", nullable=True),
        when("starts_at"),
        when("ends_at"),
        sa.Column("position", sa.Integer(), nullable=False),
        made(),
        check(table, "target", "target > 0"),
        check(table, "times", "starts_at < ends_at"),
        check(table, "requires", "requires_id <> mission_id"),
        refers(table, "mission_id", "missions"),
        refers(table, "requires_id", "missions"),
        sa.PrimaryKeyConstraint("mission_id", "version", name=f"pk_{table}"),
    )


def _progress() -> None:
    table = "mission_progress"
    op.create_table(
        table,
        big("id", sa.Identity()),
        big("user_id"),
        big("mission_id"),
        words("period"),
        big("version"),
        big("target"),
        words("counting"),
        big("counted"),
        big("firm"),
        sa.Column("last_day", sa.Date(), nullable=False),
        when("completed_at"),
        big("completions", server_default=ZERO),
        when("rewarded_at"),
        yes_or_no("pending", server_default=NO),
        words("refusal", nullable=True),
        made(),
        check(table, "counting", "counting IN ('sum', 'days', 'streak')"),
        check(table, "counted", "counted >= 0 AND firm >= 0 AND firm <= counted"),
        check(table, "completed", "(completed_at IS NOT NULL) = (counted >= target)"),
        check(table, "pending", "rewarded_at IS NOT NULL OR NOT pending"),
        check(table, "completions", "completions >= 0"),
        refers(table, "user_id", "users"),
        sa.ForeignKeyConstraint(
            ["mission_id", "version"],
            ["mission_versions.mission_id", "mission_versions.version"],
            name="fk_mission_progress_version",
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint(
            "user_id", "mission_id", "period", name="uq_mission_progress_user_mission_period"
        ),
    )
    op.create_index("ix_mission_progress_mission_id_id", table, ["mission_id", "id"])
    op.create_index(
        "ix_mission_progress_unrewarded",
        table,
        ["user_id"],
        postgresql_where=sa.text("completed_at IS NOT NULL AND rewarded_at IS NULL"),
    )
    op.create_index(
        "ix_mission_progress_created_at", table, ["created_at"], postgresql_using="brin"
    )
    table = "mission_facts"
    op.create_table(
        table,
        big("progress_id"),
        words("key"),
        big("worth"),
        yes_or_no("firm"),
        sa.Column("day", sa.Date(), nullable=False),
        when("at", nullable=False),
        check(table, "worth", "worth >= 0"),
        refers(table, "progress_id", "mission_progress", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("progress_id", "key", name=f"pk_{table}"),
    )


def _codes() -> None:
    table = "mission_codes"
    op.create_table(
        table,
        big("id", sa.Identity()),
        big("mission_id"),
        words("code"),
        words("note"),
        big("places"),
        big("used", server_default=ZERO),
        when("expires_at", nullable=False),
        when("revoked_at"),
        made(),
        check(table, "places", "used >= 0 AND used <= places"),
        refers(table, "mission_id", "missions"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("code", name=f"uq_{table}_code"),
    )
    op.create_index("ix_mission_codes_mission_id_id", table, ["mission_id", "id"])
    table = "mission_unlocks"
    op.create_table(
        table,
        big("id", sa.Identity()),
        big("mission_id"),
        big("user_id", nullable=True),
        big("code_id"),
        made(),
        refers(table, "mission_id", "missions"),
        refers(table, "user_id", "users"),
        refers(table, "code_id", "mission_codes"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("user_id", "mission_id", name="uq_mission_unlocks_user_mission"),
    )
    op.create_index("ix_mission_unlocks_code_id", table, ["code_id"])


def downgrade() -> None:
    for table in (
        *("mission_unlocks", "mission_codes", "mission_facts", "mission_progress"),
        *("mission_versions", "missions", "mission_board"),
    ):
        op.drop_table(table)
