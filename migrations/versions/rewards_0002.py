"""Rewards that wait, parts that are taken back, budgets in fen; what a grant gave has rows."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "rewards_0002"
down_revision = "orders_0002"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
NONE = sa.text("0")

# Each receipt of before was one coupon.
RECEIPTS_TO_PARTS = """
    INSERT INTO reward_parts (grant_id, position, kind, what, count, receipt, taken_back, debt)
    SELECT g.id, r.position - 1, r.given ->> 'kind', '', 1, r.given ->> 'receipt',
           CASE WHEN g.status = 'reversed' AND (r.given ->> 'taken_back')::boolean
                THEN 1 ELSE 0 END,
           CASE WHEN g.status = 'reversed' AND NOT (r.given ->> 'taken_back')::boolean
                THEN 1 ELSE 0 END
    FROM reward_grants g
    CROSS JOIN LATERAL jsonb_array_elements(g.receipts) WITH ORDINALITY AS r(given, position)
"""
REVERSALS_TO_STEPS = """
    INSERT INTO reward_steps (grant_id, from_status, to_status, cause, taken, created_at)
    SELECT g.id, 'granted', 'reversed', 'staff',
           coalesce((
               SELECT jsonb_agg(jsonb_build_object(
                   'position', p.position, 'taken_back', p.taken_back, 'debt', p.debt
               ) ORDER BY p.position)
               FROM reward_parts p WHERE p.grant_id = g.id
           ), '[]'), g.reversed_at
    FROM reward_grants g WHERE g.status = 'reversed' ORDER BY g.id
"""
PARTS_TO_RECEIPTS = """
    UPDATE reward_grants g SET receipts = coalesce((
        SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
            'kind', p.kind, 'receipt', p.receipt,
            'taken_back', CASE g.status WHEN 'reversed' THEN p.debt = 0 END
        )) ORDER BY p.position)
        FROM reward_parts p WHERE p.grant_id = g.id AND p.receipt IS NOT NULL
    ), '[]')
"""


def big(name: str, *args: object, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), *args, nullable=kwargs.pop("nullable", False), **kwargs)


def words(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=kwargs.pop("nullable", False), **kwargs)


def upgrade() -> None:
    change_rules()
    change_grants()
    make_parts()
    make_steps()
    op.execute(RECEIPTS_TO_PARTS)
    op.execute(REVERSALS_TO_STEPS)
    op.drop_column("reward_grants", "receipts")
    op.create_index("ix_reward_days_day", "reward_days", ["day"], postgresql_using="brin")


def change_rules() -> None:
    op.drop_constraint(op.f("ck_reward_rules_budget"), "reward_rules")
    op.alter_column("reward_rules", "granted", new_column_name="used")
    op.add_column("reward_rules", words("budget_unit", server_default=sa.text("'pieces'")))
    op.add_column(
        "reward_rules",
        sa.Column("budget_returns", sa.Boolean(), server_default=sa.text("true"), nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_reward_rules_budget"), "reward_rules", "used >= 0 AND used <= budget"
    )
    op.create_check_constraint(
        op.f("ck_reward_rules_budget_unit"), "reward_rules", "budget_unit IN ('pieces', 'fen')"
    )


def change_grants() -> None:
    op.add_column("reward_grants", words("ground", nullable=True))
    op.add_column("reward_grants", words("refusal", nullable=True))
    op.add_column("reward_grants", big("budget_used", server_default=NONE))
    op.execute("UPDATE reward_grants SET budget_used = 1 WHERE status = 'granted'")
    op.drop_constraint(op.f("ck_reward_grants_status"), "reward_grants")
    checks = {
        "status": "status IN ('pending', 'granted', 'reversed', 'canceled')",
        "budget_used": "budget_used >= 0",
        "refusal": "refusal IS NULL OR status = 'pending'",
    }
    for name, rule in checks.items():
        op.create_check_constraint(op.f(f"ck_reward_grants_{name}"), "reward_grants", rule)
    op.create_index(
        "ix_reward_grants_ground",
        "reward_grants",
        ["ground"],
        postgresql_where=sa.text("ground IS NOT NULL"),
    )
    op.create_index(
        "ix_reward_grants_refused",
        "reward_grants",
        ["id"],
        postgresql_where=sa.text("refusal IS NOT NULL"),
    )


def make_parts() -> None:
    op.create_table(
        "reward_parts",
        big("grant_id"),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        words("kind"),
        words("what"),
        big("count"),
        big("cost_fen", server_default=NONE),
        words("receipt", nullable=True),
        big("taken_back", server_default=NONE),
        big("debt", server_default=NONE),
        sa.PrimaryKeyConstraint("grant_id", "position", name="pk_reward_parts"),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["reward_grants.id"], name="fk_reward_parts_grant_id"
        ),
        sa.CheckConstraint("count > 0", name=op.f("ck_reward_parts_count")),
        sa.CheckConstraint(
            "taken_back >= 0 AND debt >= 0 AND taken_back + debt <= count",
            name=op.f("ck_reward_parts_taken_back"),
        ),
        sa.CheckConstraint("cost_fen >= 0", name=op.f("ck_reward_parts_cost_fen")),
    )


def make_steps() -> None:
    op.create_table(
        "reward_steps",
        big("id", sa.Identity()),
        big("grant_id"),
        words("from_status"),
        words("to_status"),
        words("cause"),
        sa.Column("taken", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reward_steps"),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["reward_grants.id"], name="fk_reward_steps_grant_id"
        ),
    )
    op.create_index("ix_reward_steps_grant_id_id", "reward_steps", ["grant_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_reward_days_day", "reward_days")
    op.add_column(
        "reward_grants",
        sa.Column("receipts", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
    )
    op.execute(PARTS_TO_RECEIPTS)
    op.drop_table("reward_steps")
    op.drop_table("reward_parts")
    for index in ("ground", "refused"):
        op.drop_index(f"ix_reward_grants_{index}", "reward_grants")
    for name in ("status", "budget_used", "refusal"):
        op.drop_constraint(op.f(f"ck_reward_grants_{name}"), "reward_grants")
    for column in ("ground", "refusal", "budget_used"):
        op.drop_column("reward_grants", column)
    op.execute(
        "UPDATE reward_grants SET status = 'reversed', reversed_at = clock_timestamp()"
        " WHERE status IN ('pending', 'canceled')"
    )
    op.create_check_constraint(
        op.f("ck_reward_grants_status"), "reward_grants", "status IN ('granted', 'reversed')"
    )
    for name in ("budget", "budget_unit"):
        op.drop_constraint(op.f(f"ck_reward_rules_{name}"), "reward_rules")
    for column in ("budget_unit", "budget_returns"):
        op.drop_column("reward_rules", column)
    op.alter_column("reward_rules", "used", new_column_name="granted")
    op.create_check_constraint(
        op.f("ck_reward_rules_budget"), "reward_rules", "granted >= 0 AND granted <= budget"
    )
