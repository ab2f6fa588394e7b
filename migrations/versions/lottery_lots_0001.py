"""Campaigns in which reviews draw lots: terms, entries, who won."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "lottery_lots_0001"
down_revision = "lottery_teams_0001"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
BY_TIME = {"postgresql_using": "brin", "postgresql_with": {"pages_per_range": 16}}
IS_DUE = "published_at IS NOT NULL AND drawn_at IS NULL AND canceled_at IS NULL"


def moment(name: str, *, nullable: bool = False, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, **kwargs)


def number(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=nullable)


def count(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.Integer(), autoincrement=False, nullable=False, **kwargs)


def words(name: str, *, nullable: bool = False, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=nullable, **kwargs)


def reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    create_campaigns()
    create_entries()
    create_wins()
    op.execute(
        "CREATE TRIGGER lot_entries_immutable BEFORE UPDATE OR DELETE ON lot_entries"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_lottery_change()"
    )


def create_campaigns() -> None:
    op.create_table(
        "lot_campaigns",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        words("name"),
        count("revision", server_default=sa.text("1")),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        *(moment("starts_at"), moment("ends_at"), moment("draws_at")),
        moment("published_at", nullable=True),
        *(words(name, nullable=True) for name in ("canonical", "digest", "commitment")),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("costs_fen", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        count("entered", server_default=sa.text("0")),
        moment("drawn_at", nullable=True),
        words("secret", nullable=True),
        sa.Column("eligible", postgresql.ARRAY(sa.Integer()), nullable=True),
        words("entries_digest", nullable=True),
        moment("canceled_at", nullable=True),
        words("cancel_reason", server_default=sa.text("''")),
        moment("created_at", server_default=NOW),
        check("lot_campaigns", "times", "ends_at > starts_at AND draws_at >= ends_at"),
        check("lot_campaigns", "over", "drawn_at IS NULL OR canceled_at IS NULL"),
        check(
            "lot_campaigns",
            "published",
            "num_nonnulls(canonical, digest, commitment, secret_sealed)"
            " = CASE WHEN published_at IS NULL THEN 0 ELSE 4 END",
        ),
        check(
            "lot_campaigns",
            "drawn",
            "num_nonnulls(secret, eligible, entries_digest)"
            " = CASE WHEN drawn_at IS NULL THEN 0 ELSE 3 END",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_lot_campaigns"),
    )
    op.create_index(
        "ix_lot_campaigns_due", "lot_campaigns", ["draws_at"], postgresql_where=sa.text(IS_DUE)
    )


def create_entries() -> None:
    op.create_table(
        "lot_entries",
        number("campaign_id"),
        count("number"),
        number("user_id"),
        number("review_id"),
        words("alias"),
        words("nonce"),
        moment("created_at", server_default=NOW),
        check("lot_entries", "number", "number > 0"),
        reference("lot_entries", "campaign_id", "lot_campaigns.id"),
        reference("lot_entries", "user_id", "users.id"),
        reference("lot_entries", "review_id", "reviews.id"),
        sa.PrimaryKeyConstraint("campaign_id", "number", name="pk_lot_entries"),
        *(
            sa.UniqueConstraint("campaign_id", one, name=f"uq_lot_entries_campaign_id_{one}")
            for one in ("user_id", "review_id", "alias")
        ),
    )
    op.create_index("ix_lot_entries_user_id", "lot_entries", ["user_id"])
    op.create_index("ix_lot_entries_review_id", "lot_entries", ["review_id"])
    op.create_index("ix_lot_entries_created_at", "lot_entries", ["created_at"], **BY_TIME)


def create_wins() -> None:
    op.create_table(
        "lot_wins",
        number("campaign_id"),
        count("place"),
        count("number"),
        sa.Column("prize", sa.SmallInteger(), nullable=False),
        number("grant_id", nullable=True),
        words("refusal", nullable=True),
        moment("created_at", server_default=NOW),
        check("lot_wins", "outcome", "grant_id IS NULL OR refusal IS NULL"),
        sa.ForeignKeyConstraint(
            ["campaign_id", "number"],
            ["lot_entries.campaign_id", "lot_entries.number"],
            name="fk_lot_wins_entry",
        ),
        reference("lot_wins", "grant_id", "reward_grants.id"),
        sa.PrimaryKeyConstraint("campaign_id", "place", name="pk_lot_wins"),
        sa.UniqueConstraint("campaign_id", "number", name="uq_lot_wins_campaign_id_number"),
    )
    op.create_index("ix_lot_wins_created_at", "lot_wins", ["created_at"], **BY_TIME)
    op.create_index("ix_lot_wins_grant_id", "lot_wins", ["grant_id"])
    op.create_index(
        "ix_lot_wins_due",
        "lot_wins",
        ["campaign_id", "place"],
        postgresql_where=sa.text("grant_id IS NULL"),
    )


def downgrade() -> None:
    for table in ("lot_wins", "lot_entries", "lot_campaigns"):
        op.drop_table(table)
