"""Promoters: agreements, levels, who is one, and each change of that."""

import sqlalchemy as sa
from alembic import op

revision = "promoters_0001"
down_revision = "payments_0003"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
NO = sa.text("false")
STATUSES = "'applied', 'active', 'refused', 'blocked', 'ended'"
CAUSES = "'application', 'setting', 'growth', 'staff', 'shopper', 'closing'"


def moment(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), **kwargs)


def number(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=nullable)


def words(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=nullable)


def reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def upgrade() -> None:
    op.create_table(
        "promoter_agreements",
        number("version"),
        words("title"),
        words("text"),
        moment("in_force_at", nullable=False),
        moment("created_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_promoter_agreements"),
        sa.CheckConstraint("version > 0", name=op.f("ck_promoter_agreements_version")),
    )
    op.create_table(
        "promoter_levels",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        words("name"),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        moment("created_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_promoter_levels"),
        sa.UniqueConstraint("position", name="uq_promoter_levels_position"),
        sa.UniqueConstraint("name", name="uq_promoter_levels_name"),
        sa.CheckConstraint("position BETWEEN 1 AND 99", name=op.f("ck_promoter_levels_position")),
    )
    create_promoters()
    create_acceptances()
    create_changes()


def create_promoters() -> None:
    table = "promoters"
    op.create_table(
        table,
        number("user_id"),
        words("status"),
        number("level_id"),
        sa.Column("level_fixed", sa.Boolean(), server_default=NO, nullable=False),
        number("agreement_version"),
        moment("agreed_at", nullable=False),
        moment("applied_at", nullable=False),
        moment("active_at"),
        moment("decided_at"),
        words("note", nullable=True),
        words("reason", nullable=True),
        sa.Column("staff_first", sa.Boolean(), server_default=NO, nullable=False),
        moment("created_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_promoters"),
        reference(table, "user_id", "users.id"),
        reference(table, "level_id", "promoter_levels.id"),
        reference(table, "agreement_version", "promoter_agreements.version"),
        sa.CheckConstraint(f"status IN ({STATUSES})", name=op.f("ck_promoters_status")),
        sa.CheckConstraint(
            "status NOT IN ('active', 'blocked') OR active_at IS NOT NULL",
            name=op.f("ck_promoters_active"),
        ),
    )
    op.create_index(
        "ix_promoters_applied",
        table,
        ["applied_at"],
        postgresql_where=sa.text("status = 'applied'"),
    )
    op.create_index("ix_promoters_status_user_id", table, ["status", "user_id"])
    op.create_index("ix_promoters_level_id", table, ["level_id", "user_id"])


def create_acceptances() -> None:
    table = "promoter_acceptances"
    op.create_table(
        table,
        number("user_id"),
        number("version"),
        moment("accepted_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "version", name=f"pk_{table}"),
        reference(table, "user_id", "users.id"),
        reference(table, "version", "promoter_agreements.version"),
    )


def create_changes() -> None:
    table = "promoter_changes"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        number("user_id"),
        words("old_status", nullable=True),
        words("new_status"),
        number("old_level_id", nullable=True),
        number("new_level_id"),
        words("cause"),
        number("rule_id", nullable=True),
        words("reason", nullable=True),
        number("staff_id", nullable=True),
        moment("created_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        reference(table, "user_id", "users.id"),
        reference(table, "old_level_id", "promoter_levels.id"),
        reference(table, "new_level_id", "promoter_levels.id"),
        reference(table, "staff_id", "staff_members.id"),
        sa.CheckConstraint(
            f"old_status IN ({STATUSES}) AND new_status IN ({STATUSES})",
            name=op.f("ck_promoter_changes_status"),
        ),
        sa.CheckConstraint(f"cause IN ({CAUSES})", name=op.f("ck_promoter_changes_cause")),
        sa.CheckConstraint(
            "(cause = 'growth') = (rule_id IS NOT NULL)", name=op.f("ck_promoter_changes_rule")
        ),
    )
    op.create_index("ix_promoter_changes_user_id_id", table, ["user_id", "id"])
    op.create_index(
        "ix_promoter_changes_created_at", table, ["created_at"], postgresql_using="brin"
    )


def downgrade() -> None:
    for table in (
        *("promoter_changes", "promoter_acceptances", "promoters"),
        *("promoter_levels", "promoter_agreements"),
    ):
        op.drop_table(table)
