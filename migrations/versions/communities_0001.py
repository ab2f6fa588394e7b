"""Communities: hidden coupons, members, missions that they reach together."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "communities_0001"
down_revision = "packets_0001"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
TABLES = (
    *("community_rewards", "community_facts", "community_missions", "community_members"),
    *("communities", "hidden_coupon_claims", "hidden_coupons"),
)


def identity() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False)


def number(name: str, *, nullable: bool = False, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=nullable, **kwargs)


def words(name: str, *, nullable: bool = False, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=nullable, **kwargs)


def moment(name: str, *, nullable: bool = False, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, **kwargs)


def created() -> sa.Column:
    return moment("created_at", server_default=NOW)


def reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}")


def check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def index(table: str, *columns: str, by_time: bool = False) -> None:
    more = {"postgresql_using": "brin"} if by_time else {}
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns), **more)


def upgrade() -> None:
    hidden_coupons()
    members()
    missions()
    facts()
    rewards()


def hidden_coupons() -> None:
    table = "hidden_coupons"
    op.create_table(
        table,
        identity(),
        words("name"),
        words("phrase"),
        number("rule_id"),
        sa.Column("reward", postgresql.JSONB(), nullable=False),
        moment("starts_at"),
        moment("ends_at"),
        number("places"),
        number("used", server_default=sa.text("0")),
        moment("revoked_at", nullable=True),
        created(),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("phrase", name=f"uq_{table}_phrase"),
        reference(table, "rule_id", "reward_rules"),
        check(table, "times", "ends_at > starts_at"),
        check(table, "places", "used >= 0 AND used <= places"),
    )
    table = "hidden_coupon_claims"
    op.create_table(
        table,
        number("hidden_coupon_id"),
        number("user_id"),
        number("grant_id"),
        created(),
        sa.PrimaryKeyConstraint("hidden_coupon_id", "user_id", name=f"pk_{table}"),
        reference(table, "hidden_coupon_id", "hidden_coupons"),
        reference(table, "user_id", "users"),
        reference(table, "grant_id", "reward_grants"),
    )
    index(table, "user_id")
    index(table, "grant_id")
    index(table, "created_at", by_time=True)


def members() -> None:
    table = "communities"
    op.create_table(
        table,
        identity(),
        words("name"),
        words("code"),
        moment("closed_at", nullable=True),
        created(),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("code", name=f"uq_{table}_code"),
    )
    table = "community_members"
    op.create_table(
        table,
        number("community_id"),
        number("user_id"),
        created(),
        sa.PrimaryKeyConstraint("community_id", "user_id", name=f"pk_{table}"),
        reference(table, "community_id", "communities"),
        reference(table, "user_id", "users"),
    )
    index(table, "user_id")


def missions() -> None:
    table = "community_missions"
    op.create_table(
        table,
        identity(),
        number("community_id"),
        words("name"),
        words("rules"),
        words("counts"),
        number("target"),
        number("rule_id"),
        sa.Column("reward", postgresql.JSONB(), nullable=False),
        moment("starts_at"),
        moment("ends_at"),
        number("total", server_default=sa.text("0")),
        moment("reached_at", nullable=True),
        moment("ended_at", nullable=True),
        words("end_reason", server_default=sa.text("''")),
        created(),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        reference(table, "community_id", "communities"),
        reference(table, "rule_id", "reward_rules"),
        check(table, "times", "ends_at > starts_at"),
        check(table, "amounts", "target > 0 AND total >= 0"),
        check(table, "reached", "reached_at IS NULL OR total >= target"),
        check(table, "ended", "reached_at IS NULL OR ended_at IS NULL"),
    )
    index(table, "community_id", "id")


def facts() -> None:
    table = "community_facts"
    op.create_table(
        table,
        number("mission_id"),
        number("user_id"),
        words("key"),
        number("worth"),
        created(),
        sa.PrimaryKeyConstraint("mission_id", "user_id", "key", name=f"pk_{table}"),
        reference(table, "mission_id", "community_missions"),
        reference(table, "user_id", "users"),
        check(table, "worth", "worth >= 0"),
    )
    index(table, "user_id")
    index(table, "created_at", by_time=True)


def rewards() -> None:
    table = "community_rewards"
    op.create_table(
        table,
        number("mission_id"),
        number("user_id"),
        number("grant_id", nullable=True),
        words("refusal", nullable=True),
        created(),
        sa.PrimaryKeyConstraint("mission_id", "user_id", name=f"pk_{table}"),
        reference(table, "mission_id", "community_missions"),
        reference(table, "user_id", "users"),
        reference(table, "grant_id", "reward_grants"),
        check(table, "outcome", "grant_id IS NULL OR refusal IS NULL"),
    )
    index(table, "user_id")
    index(table, "grant_id")
    index(table, "created_at", by_time=True)
    op.create_index(
        f"ix_{table}_due",
        table,
        ["mission_id", "user_id"],
        postgresql_where=sa.text("grant_id IS NULL"),
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
