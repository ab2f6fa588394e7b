"""Lotteries: published tables, chances, draws with their proof, and what was won."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "lottery_0001"
down_revision = "kernel_0009"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
IMMUTABLE = ("lottery_versions", "lottery_draws", "lottery_chance_entries")
TABLES = (
    *("lottery_chance_entries", "lottery_chances", "lottery_wins", "lottery_draws"),
    *("lottery_shoppers", "lottery_versions", "lotteries"),
)


def moment(name: str, *, nullable: bool = False, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, **kwargs)


def number(name: str, *, nullable: bool = False, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=nullable, **kwargs)


def words(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=nullable)


def reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    create_lotteries()
    create_versions()
    create_shoppers()
    create_draws()
    create_wins()
    create_chances()
    create_entries()
    keep_what_is_proof()


def create_lotteries() -> None:
    op.create_table(
        "lotteries",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        words("name"),
        number("revision", server_default=sa.text("1")),
        sa.Column("draft", postgresql.JSONB(), nullable=True),
        number("version", server_default=sa.text("0")),
        words("digest", nullable=True),
        words("commitment", nullable=True),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=True),
        words("secret", nullable=True),
        moment("starts_at", nullable=True),
        moment("ends_at", nullable=True),
        moment("published_at", nullable=True),
        sa.Column("paused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        moment("ended_at", nullable=True),
        sa.Column("end_reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        number("tickets", nullable=True),
        number("drawn", server_default=sa.text("0")),
        sa.Column(
            "left_counts", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("costs_fen", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        number("budget_fen", nullable=True),
        number("spent_fen", server_default=sa.text("0")),
        moment("created_at", server_default=NOW),
        check("lotteries", "ended", "(ended_at IS NULL) = (secret IS NULL)"),
        check("lotteries", "draft", "(version = 0) = (draft IS NOT NULL)"),
        check("lotteries", "tickets", "drawn >= 0 AND drawn <= tickets"),
        check(
            "lotteries",
            "published",
            "num_nonnulls(published_at, digest, commitment, secret_sealed, starts_at, ends_at)"
            " = CASE WHEN version = 0 THEN 0 ELSE 6 END",
        ),
        check("lotteries", "budget", "spent_fen >= 0 AND spent_fen <= budget_fen"),
        sa.PrimaryKeyConstraint("id", name="pk_lotteries"),
    )
    op.create_index(
        "ix_lotteries_ends_at",
        "lotteries",
        ["ends_at"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def create_versions() -> None:
    op.create_table(
        "lottery_versions",
        number("lottery_id"),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        number("from_draw"),
        words("canonical"),
        words("digest"),
        sa.Column("costs_fen", postgresql.JSONB(), nullable=False),
        moment("created_at", server_default=NOW),
        check("lottery_versions", "from_draw", "from_draw > 0"),
        reference("lottery_versions", "lottery_id", "lotteries.id"),
        sa.PrimaryKeyConstraint("lottery_id", "version", name="pk_lottery_versions"),
    )


def create_shoppers() -> None:
    op.create_table(
        "lottery_shoppers",
        number("lottery_id"),
        number("user_id"),
        words("alias"),
        number("drawn"),
        number("dry"),
        sa.Column("day", sa.Date(), nullable=False),
        number("day_drawn"),
        check("lottery_shoppers", "drawn", "day_drawn > 0 AND dry >= 0 AND dry <= drawn"),
        reference("lottery_shoppers", "lottery_id", "lotteries.id"),
        reference("lottery_shoppers", "user_id", "users.id"),
        sa.PrimaryKeyConstraint("lottery_id", "user_id", name="pk_lottery_shoppers"),
        sa.UniqueConstraint("lottery_id", "alias", name="uq_lottery_shoppers_lottery_id_alias"),
    )
    op.create_index("ix_lottery_shoppers_day", "lottery_shoppers", ["day"], postgresql_using="brin", postgresql_with={"pages_per_range": 16})
    op.create_index("ix_lottery_shoppers_user_id", "lottery_shoppers", ["user_id"])


def create_draws() -> None:
    op.create_table(
        "lottery_draws",
        number("lottery_id"),
        number("number"),
        sa.Column("version", sa.Integer(), nullable=False),
        number("user_id"),
        words("nonce"),
        words("random"),
        sa.Column("prize", sa.SmallInteger(), nullable=False),
        sa.Column("guaranteed", sa.Boolean(), nullable=False),
        sa.Column("left_counts", postgresql.JSONB(), nullable=False),
        number("cost_fen"),
        moment("created_at", server_default=NOW),
        check("lottery_draws", "number", "number > 0 AND cost_fen >= 0"),
        sa.ForeignKeyConstraint(
            ["lottery_id", "user_id"],
            ["lottery_shoppers.lottery_id", "lottery_shoppers.user_id"],
            name="fk_lottery_draws_shopper",
        ),
        sa.ForeignKeyConstraint(
            ["lottery_id", "version"],
            ["lottery_versions.lottery_id", "lottery_versions.version"],
            name="fk_lottery_draws_version",
        ),
        reference("lottery_draws", "user_id", "users.id"),
        sa.PrimaryKeyConstraint("lottery_id", "number", name="pk_lottery_draws"),
    )
    op.create_index(
        "ix_lottery_draws_created_at", "lottery_draws", ["created_at"], postgresql_using="brin", postgresql_with={"pages_per_range": 16}
    )
    op.create_index(
        "ix_lottery_draws_shopper", "lottery_draws", ["lottery_id", "user_id", "number"]
    )


def create_wins() -> None:
    op.create_table(
        "lottery_wins",
        number("lottery_id"),
        number("number"),
        number("user_id"),
        number("grant_id", nullable=True),
        words("refusal", nullable=True),
        moment("created_at", server_default=NOW),
        check("lottery_wins", "outcome", "(grant_id IS NULL) <> (refusal IS NULL)"),
        reference("lottery_wins", "grant_id", "reward_grants.id"),
        sa.ForeignKeyConstraint(
            ["lottery_id", "number"],
            ["lottery_draws.lottery_id", "lottery_draws.number"],
            name="fk_lottery_wins_draw",
        ),
        reference("lottery_wins", "user_id", "users.id"),
        sa.PrimaryKeyConstraint("lottery_id", "number", name="pk_lottery_wins"),
    )
    op.create_index(
        "ix_lottery_wins_created_at", "lottery_wins", ["created_at"], postgresql_using="brin", postgresql_with={"pages_per_range": 16}
    )
    op.create_index("ix_lottery_wins_grant_id", "lottery_wins", ["grant_id"])
    op.create_index(
        "ix_lottery_wins_refused",
        "lottery_wins",
        ["lottery_id", "number"],
        postgresql_where=sa.text("refusal IS NOT NULL"),
    )
    op.create_index("ix_lottery_wins_user_id", "lottery_wins", ["user_id"])


def create_chances() -> None:
    op.create_table(
        "lottery_chances",
        number("lottery_id"),
        number("user_id"),
        number("given", server_default=sa.text("0")),
        number("bought", server_default=sa.text("0")),
        check("lottery_chances", "chances", "given >= 0 AND bought >= 0"),
        reference("lottery_chances", "lottery_id", "lotteries.id"),
        reference("lottery_chances", "user_id", "users.id"),
        sa.PrimaryKeyConstraint("lottery_id", "user_id", name="pk_lottery_chances"),
    )
    op.create_index(
        "ix_lottery_chances_bought",
        "lottery_chances",
        ["lottery_id", "user_id"],
        postgresql_where=sa.text("bought > 0"),
    )
    op.create_index("ix_lottery_chances_user_id", "lottery_chances", ["user_id"])


def create_entries() -> None:
    op.create_table(
        "lottery_chance_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        number("lottery_id"),
        number("user_id"),
        words("kind"),
        words("source"),
        number("given", server_default=sa.text("0")),
        number("bought", server_default=sa.text("0")),
        number("points", server_default=sa.text("0")),
        moment("created_at", server_default=NOW),
        check("lottery_chance_entries", "moves", "given <> 0 OR bought <> 0"),
        check("lottery_chance_entries", "points", "points >= 0"),
        sa.ForeignKeyConstraint(
            ["lottery_id", "user_id"],
            ["lottery_chances.lottery_id", "lottery_chances.user_id"],
            name="fk_lottery_chance_entries_chances",
        ),
        reference("lottery_chance_entries", "user_id", "users.id"),
        sa.PrimaryKeyConstraint("id", name="pk_lottery_chance_entries"),
        sa.UniqueConstraint("kind", "source", name="uq_lottery_chance_entries_kind_source"),
    )
    op.create_index(
        "ix_lottery_chance_entries_created_at",
        "lottery_chance_entries",
        ["created_at"],
        postgresql_using="brin", postgresql_with={"pages_per_range": 16},
    )
    op.create_index(
        "ix_lottery_chance_entries_shopper",
        "lottery_chance_entries",
        ["lottery_id", "user_id", "id"],
    )


def keep_what_is_proof() -> None:
    """Published tables, proof rows and entries never change."""
    op.execute(
        """
        CREATE FUNCTION refuse_lottery_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% never change', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    for table in IMMUTABLE:
        op.execute(
            f"CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_lottery_change()"
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_lottery_change()")
