"""Browsing: a shopper's days, and the looks at pages in them."""

import sqlalchemy as sa
from alembic import op

revision = "browsing_0001"
down_revision = "compliance_0002"
branch_labels = None
depends_on = None

NONE = sa.text("0")


def big(name: str, *args: object, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), *args, nullable=nullable)


def counted(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), server_default=NONE, nullable=False)


def moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "view_days",
        big("user_id"),
        sa.Column("day", sa.Date(), nullable=False),
        big("sessions"),
        counted("counted_ms"),
        big("session_id", nullable=True),
        counted("earlier_ms"),
        counted("beat"),
        counted("gained_ms"),
        sa.Column("ended", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        moment("seen_at", nullable=True),
        sa.PrimaryKeyConstraint("user_id", "day", name="pk_view_days"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_view_days_user_id"),
        sa.CheckConstraint("sessions > 0", name=op.f("ck_view_days_sessions")),
        sa.CheckConstraint(
            "earlier_ms >= 0 AND gained_ms >= 0 AND earlier_ms + gained_ms <= counted_ms",
            name=op.f("ck_view_days_counted_ms"),
        ),
    )
    op.create_table(
        "view_sessions",
        big("id", sa.Identity()),
        big("user_id"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("page_kind", sa.Text(), nullable=False),
        big("page_id"),
        big("category_id", nullable=True),
        counted("counted_ms"),
        moment("started_at"),
        sa.PrimaryKeyConstraint("id", name="pk_view_sessions"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_view_sessions_user_id"),
        sa.CheckConstraint("counted_ms >= 0", name=op.f("ck_view_sessions_counted_ms")),
    )
    op.create_index("ix_view_sessions_user_id_day", "view_sessions", ["user_id", "day"])
    for table in ("view_days", "view_sessions"):
        op.create_index(f"ix_{table}_day", table, ["day"], postgresql_using="brin")


def downgrade() -> None:
    for table in ("view_sessions", "view_days"):
        op.drop_table(table)
