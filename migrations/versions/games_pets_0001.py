"""Growing pets: seasons with their rules, feed, pets with their ledger, rewards of stages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "games_pets_0001"
down_revision = "boxes_0001"
branch_labels = None
depends_on = None

NOW, NONE, ONE = sa.text("clock_timestamp()"), sa.text("0"), sa.text("1")
BRIN = {"postgresql_using": "brin", "postgresql_with": {"pages_per_range": 16}}
IMMUTABLE = ("pet_season_versions", "pet_entries")
TABLES = (
    *("pet_stages", "pet_entries", "pets", "pet_lots", "pet_feeds"),
    *("pet_season_pauses", "pet_season_versions", "pet_seasons"),
)
HOLD = "hold_uploads('staff', 'false', 'pictures')"


def moment(name: str, *, nullable: bool = False, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, **kwargs)


def number(name: str, *, nullable: bool = False, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=nullable, **kwargs)


def words(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=nullable)


def day(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Date(), nullable=nullable)


def identity() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False)


def reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    create_seasons()
    create_feed()
    create_pets()
    create_entries()
    create_stages()
    keep_what_is_proof()
    hold_pictures()


def create_seasons() -> None:
    op.create_table(
        "pet_seasons",
        identity(),
        words("name"),
        number("revision", server_default=ONE),
        sa.Column("draft", postgresql.JSONB(), nullable=True),
        sa.Column(
            "pictures",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        number("version", server_default=NONE),
        moment("starts_at", nullable=True),
        moment("ends_at", nullable=True),
        moment("published_at", nullable=True),
        sa.Column("paused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        moment("ended_at", nullable=True),
        sa.Column("end_reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        number("places", nullable=True),
        number("adopted", server_default=NONE),
        moment("created_at", server_default=NOW),
        check("pet_seasons", "draft", "(version = 0) = (draft IS NOT NULL)"),
        check(
            "pet_seasons",
            "published",
            "num_nonnulls(published_at, starts_at, ends_at)"
            " = CASE WHEN version = 0 THEN 0 ELSE 3 END",
        ),
        check("pet_seasons", "places", "adopted >= 0 AND adopted <= places"),
        sa.PrimaryKeyConstraint("id", name="pk_pet_seasons"),
    )
    op.create_table(
        "pet_season_versions",
        number("season_id"),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rules", postgresql.JSONB(), nullable=False),
        sa.Column("costs_fen", postgresql.JSONB(), nullable=False),
        moment("created_at", server_default=NOW),
        reference("pet_season_versions", "season_id", "pet_seasons.id"),
        sa.PrimaryKeyConstraint("season_id", "version", name="pk_pet_season_versions"),
    )
    op.create_table(
        "pet_season_pauses",
        identity(),
        number("season_id"),
        day("first_day"),
        day("last_day", nullable=True),
        check("pet_season_pauses", "days", "last_day >= first_day"),
        reference("pet_season_pauses", "season_id", "pet_seasons.id"),
        sa.PrimaryKeyConstraint("id", name="pk_pet_season_pauses"),
    )
    op.create_index("ix_pet_season_pauses_season_id", "pet_season_pauses", ["season_id"])
    op.create_index(
        "uq_pet_season_pauses_open",
        "pet_season_pauses",
        ["season_id"],
        unique=True,
        postgresql_where=sa.text("last_day IS NULL"),
    )


def create_feed() -> None:
    op.create_table(
        "pet_feeds",
        number("season_id"),
        number("user_id"),
        number("left_portions", server_default=NONE),
        moment("moved_at", server_default=NOW),
        check("pet_feeds", "left_portions", "left_portions >= 0"),
        reference("pet_feeds", "season_id", "pet_seasons.id"),
        reference("pet_feeds", "user_id", "users.id"),
        sa.PrimaryKeyConstraint("season_id", "user_id", name="pk_pet_feeds"),
    )
    op.create_index("ix_pet_feeds_user_id", "pet_feeds", ["user_id"])
    op.create_index("ix_pet_feeds_moved_at", "pet_feeds", ["moved_at"], **BRIN)
    op.create_table(
        "pet_lots",
        identity(),
        number("season_id"),
        number("user_id"),
        number("portions"),
        number("used", server_default=NONE),
        number("taken", server_default=NONE),
        number("reversed", server_default=NONE),
        moment("created_at", server_default=NOW),
        check(
            "pet_lots",
            "portions",
            "portions > 0 AND used >= 0 AND taken >= 0 AND used + taken <= portions",
        ),
        check("pet_lots", "reversed", "reversed >= 0 AND reversed <= used"),
        sa.ForeignKeyConstraint(
            ["season_id", "user_id"],
            ["pet_feeds.season_id", "pet_feeds.user_id"],
            name="fk_pet_lots_feed",
        ),
        reference("pet_lots", "user_id", "users.id"),
        sa.PrimaryKeyConstraint("id", name="pk_pet_lots"),
    )
    op.create_index("ix_pet_lots_shopper", "pet_lots", ["season_id", "user_id", "id"])
    op.create_index("ix_pet_lots_created_at", "pet_lots", ["created_at"], **BRIN)


def create_pets() -> None:
    op.create_table(
        "pets",
        identity(),
        number("season_id"),
        number("user_id"),
        words("name"),
        day("adopted_on"),
        sa.Column("version", sa.Integer(), nullable=False),
        day("as_of"),
        number("growth", server_default=NONE),
        sa.Column("stage", sa.SmallInteger(), server_default=NONE, nullable=False),
        sa.Column("reached", sa.SmallInteger(), server_default=NONE, nullable=False),
        moment("changed_at", server_default=NOW),
        moment("created_at", server_default=NOW),
        check("pets", "growth", "growth >= 0 AND stage >= 0 AND reached >= stage"),
        reference("pets", "season_id", "pet_seasons.id"),
        reference("pets", "user_id", "users.id"),
        sa.PrimaryKeyConstraint("id", name="pk_pets"),
        sa.UniqueConstraint("season_id", "user_id", name="uq_pets_season_user"),
    )
    op.create_index("ix_pets_user_id", "pets", ["user_id"])
    op.create_index("ix_pets_season_version", "pets", ["season_id", "version"])
    op.create_index("ix_pets_changed_at", "pets", ["changed_at"], **BRIN)


def create_entries() -> None:
    op.create_table(
        "pet_entries",
        identity(),
        number("pet_id"),
        number("user_id"),
        words("kind"),
        words("source"),
        day("day"),
        number("portions", server_default=ONE),
        number("lot_id", nullable=True),
        moment("created_at", server_default=NOW),
        check("pet_entries", "kind", "kind IN ('feed', 'water', 'friend', 'reversal')"),
        check("pet_entries", "lot", "(kind IN ('feed', 'reversal')) = (lot_id IS NOT NULL)"),
        check("pet_entries", "portions", "portions > 0"),
        reference("pet_entries", "pet_id", "pets.id"),
        reference("pet_entries", "user_id", "users.id"),
        reference("pet_entries", "lot_id", "pet_lots.id"),
        sa.PrimaryKeyConstraint("id", name="pk_pet_entries"),
        sa.UniqueConstraint("kind", "source", name="uq_pet_entries_kind_source"),
    )
    op.create_index("ix_pet_entries_pet_id", "pet_entries", ["pet_id", "id"])
    op.create_index("ix_pet_entries_user_id", "pet_entries", ["user_id"])
    op.create_index(
        "ix_pet_entries_lot_id",
        "pet_entries",
        ["lot_id"],
        postgresql_where=sa.text("lot_id IS NOT NULL"),
    )
    op.create_index("ix_pet_entries_created_at", "pet_entries", ["created_at"], **BRIN)


def create_stages() -> None:
    op.create_table(
        "pet_stages",
        number("pet_id"),
        number("stage"),
        number("grant_id", nullable=True),
        words("refusal", nullable=True),
        number("attempts", server_default=NONE),
        moment("created_at", server_default=NOW),
        check("pet_stages", "attempts", "attempts >= 0"),
        reference("pet_stages", "pet_id", "pets.id"),
        reference("pet_stages", "grant_id", "reward_grants.id"),
        sa.PrimaryKeyConstraint("pet_id", "stage", name="pk_pet_stages"),
    )
    op.create_index("ix_pet_stages_grant_id", "pet_stages", ["grant_id"])
    op.create_index("ix_pet_stages_created_at", "pet_stages", ["created_at"], **BRIN)
    op.create_index(
        "ix_pet_stages_refused",
        "pet_stages",
        ["pet_id", "stage"],
        postgresql_where=sa.text("refusal IS NOT NULL"),
    )


def keep_what_is_proof() -> None:
    """Published rules and lines of the ledger never change."""
    op.execute(
        """
        CREATE FUNCTION refuse_pet_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% never change', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    for table in IMMUTABLE:
        op.execute(
            f"CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_pet_change()"
        )


def hold_pictures() -> None:
    """Pictures of stages are held by their season."""
    for name, when, condition in (
        ("insert", "INSERT", "NEW.pictures"),
        ("update", "UPDATE OF pictures", None),
        ("delete", "DELETE", "OLD.pictures"),
    ):
        test = (
            "OLD.pictures IS DISTINCT FROM NEW.pictures"
            if condition is None
            else f"strpos({condition}::text, '/api/v1/uploads/') > 0"
        )
        op.execute(
            f"CREATE TRIGGER hold_uploads_{name} AFTER {when} ON pet_seasons FOR EACH ROW"
            f" WHEN ({test}) EXECUTE FUNCTION {HOLD}"
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_pet_change()")
