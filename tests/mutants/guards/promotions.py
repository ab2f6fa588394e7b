"""Promotions and their budgets."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

BUDGETS = "mall/promotions/budgets.py"
QUOTES = ("tests/promotions/test_quotes.py",)
PROMOTION_RACES = ("tests/races/test_promotions.py",)
STAFF = ("tests/promotions/test_admin.py",)

MUTANTS = (
    Mutant(
        "a promotion's budget is passed",
        BUDGETS,
        "WHERE id = :id AND (budget_fen IS NULL OR spent_fen + :fen <= budget_fen)",
        "WHERE id = :id",
        PROMOTION_RACES,
    ),
    Mutant(
        "a promotion has more orders than it may",
        BUDGETS,
        "\n      AND (max_orders IS NULL OR orders + 1 <= max_orders)",
        "",
        PROMOTION_RACES,
        "the table's check refuses it:"
        " `test_control_without_the_condition_the_table_still_refuses`",
    ),
    Mutant(
        "more gifts are given than there are",
        BUDGETS,
        "\n      AND (gift_stock IS NULL OR gifts_given + :gifts <= gift_stock)",
        "",
        ("tests/races/test_gifts.py",),
    ),
    Mutant(
        "a shopper passes their part of a budget",
        BUDGETS,
        "s.spent_fen + EXCLUDED.spent_fen <= CAST(:budget_fen AS bigint))",
        "true)",
        PROMOTION_RACES,
    ),
    Mutant(
        "a shopper's first order passes their part of a budget",
        BUDGETS,
        "\n    WHERE CAST(:budget_fen AS bigint) IS NULL OR :fen <= CAST(:budget_fen AS bigint)\n",
        "\n",
        PROMOTION_RACES,
        "a quote offers no deal above what the shopper has left"
        " (`a_deal_above_what_is_left_is_not_offered`); this row is the shopper's first",
    ),
    Mutant(
        "a shopper uses a promotion oftener than they may",
        BUDGETS,
        "s.orders + 1 <= CAST(:max_orders AS bigint))",
        "true)",
        PROMOTION_RACES,
    ),
    Mutant(
        "old customers get what is for new ones",
        "mall/promotions/participant.py",
        '(NOT p.new_customers_only OR NOT {has_bought(":user_id")})',
        '(NOT p.new_customers_only OR {has_bought(":user_id")} IN (true, false))',
        QUOTES,
    ),
    Mutant(
        "a promotion that staff paused is priced",
        "mall/promotions/participant.py",
        "\n      AND p.paused IS NULL\n",
        "\n",
        QUOTES,
    ),
    Mutant(
        "a promotion that ended is priced",
        "mall/promotions/participant.py",
        "\n      AND p.ends_at > COALESCE(CAST(:at AS timestamptz), statement_timestamp())",
        "",
        QUOTES,
    ),
    Mutant(
        "an order gives its part of a budget back twice",
        BUDGETS,
        "WHERE order_id = :order_id AND given_back_at IS NULL",
        "WHERE order_id = :order_id",
        PROMOTION_RACES,
    ),
    Mutant(
        "a promotion that started is changed",
        "mall/promotions/commands.py",
        "    if row.starts_at <= db_now(session):\n        raise PromotionStarted\n",
        "",
        STAFF,
    ),
    Mutant(
        "a promotion whose budget is spent goes on",
        "mall/promotions/commands.py",
        "        if not paused and row.paused == BY_BUDGET:\n"
        "            raise PromotionBudgetSpent\n",
        "",
        STAFF,
    ),
    Mutant(
        "fewer gifts than orders hold",
        "mall/promotions/commands.py",
        "        if gift_stock < row.gifts_given:\n",
        "        if gift_stock < 0:\n",
        ("tests/promotions/test_gifts.py",),
    ),
)
