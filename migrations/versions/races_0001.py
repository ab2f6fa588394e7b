"""Team races: races, teams, who is in them, what they scored."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "races_0001"
down_revision = "lottery_0002"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
TABLES = ("race_entries", "race_members", "race_teams", "races")
BY_TIME = {"postgresql_using": "brin", "postgresql_with": {"pages_per_range": 16}}


def moment(name: str, *, nullable: bool = False, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, **kwargs)


def number(name: str, *, nullable: bool = False, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=nullable, **kwargs)


def words(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=False, **kwargs)


def identity() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False)


def reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    create_races()
    create_teams()
    create_members()
    create_entries()
    keep_published_terms()


def create_races() -> None:
    op.create_table(
        "races",
        identity(),
        words("name"),
        number("revision", server_default=sa.text("1")),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        moment("published_at", nullable=True),
        number("board_id", nullable=True),
        moment("starts_at", nullable=True),
        moment("ends_at", nullable=True),
        moment("joins_until", nullable=True),
        sa.Column("team_size", sa.SmallInteger(), nullable=True),
        sa.Column("paused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        moment("ended_at", nullable=True),
        words("end_reason", server_default=sa.text("''")),
        moment("created_at", server_default=NOW),
        check(
            "races",
            "published",
            "num_nonnulls(published_at, board_id, starts_at, ends_at, joins_until, team_size)"
            " IN (0, 6)",
        ),
        check("races", "ended", "ended_at IS NULL OR published_at IS NOT NULL"),
        check("races", "team_size", "team_size > 1"),
        reference("races", "board_id", "boards.id"),
        sa.PrimaryKeyConstraint("id", name="pk_races"),
        sa.UniqueConstraint("board_id", name="uq_races_board_id"),
    )


def create_teams() -> None:
    op.create_table(
        "race_teams",
        identity(),
        number("race_id"),
        words("name"),
        words("code"),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("members", sa.Integer(), server_default=sa.text("1"), nullable=False),
        number("captain_id"),
        sa.Column("matchable", sa.Boolean(), nullable=False),
        moment("dissolved_at", nullable=True),
        moment("created_at", server_default=NOW),
        check("race_teams", "members", "members >= 0 AND members <= size"),
        check("race_teams", "dissolved", "(members = 0) = (dissolved_at IS NOT NULL)"),
        reference("race_teams", "race_id", "races.id"),
        reference("race_teams", "captain_id", "users.id"),
        sa.PrimaryKeyConstraint("id", name="pk_race_teams"),
        sa.UniqueConstraint("code", name="uq_race_teams_code"),
        sa.UniqueConstraint("race_id", "name", name="uq_race_teams_race_id_name"),
    )
    op.create_index(
        "ix_race_teams_open",
        "race_teams",
        ["race_id", sa.text("members DESC"), "id"],
        postgresql_where=sa.text("matchable AND dissolved_at IS NULL AND members < size"),
    )
    op.create_index("ix_race_teams_race_id_id", "race_teams", ["race_id", "id"])
    op.create_index("ix_race_teams_created_at", "race_teams", ["created_at"], **BY_TIME)


def create_members() -> None:
    op.create_table(
        "race_members",
        identity(),
        number("race_id"),
        number("team_id"),
        number("user_id"),
        words("way"),
        moment("joined_at", server_default=NOW),
        moment("left_at", nullable=True),
        check("race_members", "way", "way IN ('created', 'joined', 'matched')"),
        check("race_members", "times", "joined_at <= left_at"),
        reference("race_members", "race_id", "races.id"),
        reference("race_members", "team_id", "race_teams.id"),
        reference("race_members", "user_id", "users.id"),
        sa.PrimaryKeyConstraint("id", name="pk_race_members"),
    )
    op.create_index(
        "uq_race_members_current",
        "race_members",
        ["race_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.create_index("ix_race_members_race_id", "race_members", ["race_id", "user_id"])
    op.create_index("ix_race_members_team_id", "race_members", ["team_id"])
    op.create_index("ix_race_members_user_id", "race_members", ["user_id"])
    op.create_index("ix_race_members_joined_at", "race_members", ["joined_at"], **BY_TIME)


def create_entries() -> None:
    op.create_table(
        "race_entries",
        identity(),
        number("race_id"),
        number("team_id"),
        number("user_id"),
        words("kind"),
        words("source"),
        number("points"),
        number("late_points", nullable=True),
        moment("at"),
        moment("created_at", server_default=NOW),
        check("race_entries", "kind", "kind IN ('check_in', 'mission', 'purchase')"),
        check("race_entries", "points", "points >= 0"),
        reference("race_entries", "race_id", "races.id"),
        reference("race_entries", "team_id", "race_teams.id"),
        reference("race_entries", "user_id", "users.id"),
        sa.PrimaryKeyConstraint("id", name="pk_race_entries"),
        sa.UniqueConstraint("source", "race_id", name="uq_race_entries_source_race_id"),
    )
    op.create_index(
        "ix_race_entries_team_id_user_id", "race_entries", ["team_id", "user_id"]
    )
    op.create_index("ix_race_entries_user_id", "race_entries", ["user_id"])
    op.create_index(
        "ix_race_entries_late",
        "race_entries",
        ["race_id", "id"],
        postgresql_where=sa.text("late_points IS NOT NULL"),
    )
    op.create_index("ix_race_entries_created_at", "race_entries", ["created_at"], **BY_TIME)


def keep_published_terms() -> None:
    """What was published stays as it is."""
    op.execute(
        """
        CREATE FUNCTION refuse_race_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'published terms never change' USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER races_immutable BEFORE UPDATE OF terms ON races FOR EACH ROW"
        " WHEN (OLD.published_at IS NOT NULL AND NEW.terms <> OLD.terms)"
        " EXECUTE FUNCTION refuse_race_change()"
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_race_change()")
