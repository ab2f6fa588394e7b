"""Ladders: campaigns, their versions and rungs, the steps that shoppers reached."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "ladders_0001"
down_revision = "posters_0001"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
VERSIONED = ("ladder_versions", "ladder_rungs")


def moment(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), **kwargs)


def number(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=nullable)


def small(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.SmallInteger(), autoincrement=False, nullable=False, **kwargs)


def identity() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False)


def words(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=nullable)


def reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    op.create_table(
        "ladder_campaigns",
        identity(),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        moment("stopped_at"),
        words("stop_reason", nullable=True),
        moment("created_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ladder_campaigns"),
        check("ladder_campaigns", "version", "version > 0"),
        check("ladder_campaigns", "stopped", "(stopped_at IS NULL) = (stop_reason IS NULL)"),
    )
    create_versions()
    create_rungs()
    create_grants()
    keep_versions()


def create_versions() -> None:
    op.create_table(
        "ladder_versions",
        number("campaign_id"),
        number("version"),
        words("name"),
        words("text"),
        words("mode"),
        moment("starts_at", nullable=False),
        moment("ends_at", nullable=False),
        moment("created_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "version", name="pk_ladder_versions"),
        reference("ladder_versions", "campaign_id", "ladder_campaigns.id"),
        check("ladder_versions", "mode", "mode IN ('ladder', 'one_to_one', 'one_to_two')"),
        check("ladder_versions", "times", "starts_at < ends_at"),
    )


def create_rungs() -> None:
    op.create_table(
        "ladder_rungs",
        number("campaign_id"),
        number("version"),
        small("position"),
        words("side"),
        number("threshold"),
        number("times"),
        number("rule_id"),
        words("name"),
        sa.Column("reward", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "version", "position", name="pk_ladder_rungs"),
        sa.ForeignKeyConstraint(
            ["campaign_id", "version"],
            ["ladder_versions.campaign_id", "ladder_versions.version"],
            name="fk_ladder_rungs_version",
        ),
        reference("ladder_rungs", "rule_id", "reward_rules.id"),
        sa.UniqueConstraint(
            "campaign_id", "version", "side", "threshold", name="uq_ladder_rungs_at"
        ),
        check("ladder_rungs", "side", "side IN ('inviter', 'per_invitee', 'invitee')"),
        check("ladder_rungs", "threshold", "threshold > 0"),
        check("ladder_rungs", "times", "times = 1 OR times > 1 AND side = 'inviter'"),
    )


def create_grants() -> None:
    op.create_table(
        "ladder_grants",
        identity(),
        number("campaign_id"),
        number("version"),
        small("position"),
        small("step"),
        number("user_id"),
        number("invite_id", nullable=True),
        number("grant_id", nullable=True),
        small("attempts", server_default=sa.text("0")),
        words("refusal", nullable=True),
        moment("created_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ladder_grants"),
        sa.UniqueConstraint(
            *("campaign_id", "position", "user_id", "invite_id", "step"),
            name="uq_ladder_grants_step",
            postgresql_nulls_not_distinct=True,
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "version", "position"],
            ["ladder_rungs.campaign_id", "ladder_rungs.version", "ladder_rungs.position"],
            name="fk_ladder_grants_rung",
        ),
        reference("ladder_grants", "user_id", "users.id"),
        reference("ladder_grants", "grant_id", "reward_grants.id"),
        check("ladder_grants", "step", "step > 0"),
        check(
            "ladder_grants", "grant", "attempts >= 0 AND (attempts > 0) = (grant_id IS NOT NULL)"
        ),
    )
    index_grants()


def index_grants() -> None:
    table = "ladder_grants"
    op.create_index("ix_ladder_grants_user_id_campaign_id", table, ["user_id", "campaign_id"])
    op.create_index("ix_ladder_grants_campaign_id_id", table, ["campaign_id", "id"])
    op.create_index("ix_ladder_grants_grant_id", table, ["grant_id"])
    op.create_index(
        "ix_ladder_grants_invite_id",
        table,
        ["invite_id"],
        postgresql_where=sa.text("invite_id IS NOT NULL"),
    )
    op.create_index(
        "ix_ladder_grants_refused",
        table,
        ["id"],
        postgresql_where=sa.text("refusal IS NOT NULL"),
    )
    op.create_index(
        "ix_ladder_grants_created_at", table, ["created_at"], postgresql_using="brin"
    )


def keep_versions() -> None:
    """What staff saved never changes."""
    op.execute(
        """
        CREATE FUNCTION refuse_ladder_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% never change', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    for table in VERSIONED:
        op.execute(
            f"CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_ladder_change()"
        )


def downgrade() -> None:
    for table in ("ladder_grants", *reversed(VERSIONED), "ladder_campaigns"):
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_ladder_change()")
