"""Screening of bindings, hashes of what fakes share, and invites."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "invites_0001"
down_revision = "referral_0001"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")


def big(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def words(name: str, default: str | None = None) -> sa.Column:
    given = None if default is None else sa.text(default)
    return sa.Column(name, sa.Text(), server_default=given, nullable=False)


def moment(name: str, *, nullable: bool = False, default: sa.TextClause | None = None) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=nullable)


def foreign(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))


def check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    table = "referral_screenings"
    op.create_table(
        table,
        big("binding_id"),
        words("status", "'waiting'"),
        sa.Column("score", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("reasons", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        moment("scored_at", default=NOW),
        moment("decided_at", nullable=True),
        big("staff_id", nullable=True),
        words("note", "''"),
        moment("created_at", default=NOW),
        sa.PrimaryKeyConstraint("binding_id", name=op.f(f"pk_{table}")),
        foreign(table, "binding_id", "referral_bindings.id"),
        foreign(table, "staff_id", "staff_members.id"),
        check(table, "status", "status IN ('waiting', 'clear', 'held', 'void')"),
        check(table, "score", "score BETWEEN 0 AND 100"),
        check(table, "decided", "(decided_at IS NULL) = (staff_id IS NULL)"),
    )
    op.create_index(
        "ix_referral_screenings_held",
        table,
        ["binding_id"],
        postgresql_where=sa.text("status = 'held'"),
    )
    op.create_index("ix_referral_screenings_score", table, ["score", "binding_id"])
    table = "referral_traits"
    op.create_table(
        table,
        big("user_id"),
        words("kind"),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        moment("seen_at", default=NOW),
        sa.PrimaryKeyConstraint("user_id", "kind", "digest", name=op.f(f"pk_{table}")),
        foreign(table, "user_id", "users.id"),
        check(table, "kind", "kind IN ('device', 'address', 'phone', 'phone_prefix')"),
    )
    op.create_index("ix_referral_traits_kind_digest", table, ["kind", "digest", "user_id"])
    op.create_index("ix_referral_traits_seen_at", table, ["seen_at"])
    _create_invites()


def _create_invites() -> None:
    table = "referral_invites"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        big("binding_id"),
        big("inviter_id"),
        big("invitee_id"),
        big("order_id"),
        words("status"),
        sa.Column("orders_settled", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        moment("qualified_at", nullable=True),
        moment("changed_at", default=NOW),
        moment("created_at", default=NOW),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        foreign(table, "binding_id", "referral_bindings.id"),
        foreign(table, "inviter_id", "users.id"),
        foreign(table, "invitee_id", "users.id"),
        foreign(table, "order_id", "orders.id"),
        sa.UniqueConstraint("binding_id", name=op.f(f"uq_{table}_binding_id")),
        sa.UniqueConstraint("invitee_id", name=op.f(f"uq_{table}_invitee_id")),
        check(table, "status", "status IN ('ordered', 'waiting', 'qualified', 'void')"),
        check(table, "qualified", "(status = 'qualified') = (qualified_at IS NOT NULL)"),
        check(table, "another", "inviter_id <> invitee_id"),
        check(table, "orders", "orders_settled >= 0"),
    )
    op.create_index("ix_referral_invites_inviter_id", table, ["inviter_id", "id"])
    op.create_index("ix_referral_invites_order_id", table, ["order_id"])
    op.create_index(
        "ix_referral_invites_qualified",
        table,
        ["inviter_id", "qualified_at"],
        postgresql_where=sa.text("status = 'qualified'"),
    )
    op.create_index(
        "ix_referral_invites_changed_at", table, ["changed_at"], postgresql_using="brin"
    )


def downgrade() -> None:
    for table in ("referral_invites", "referral_traits", "referral_screenings"):
        op.drop_table(table)
