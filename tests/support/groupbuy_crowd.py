"""A team of a thousand, written by a few statements: its leader's order, copied."""

from __future__ import annotations

from sqlalchemy import text

from mall.kernel.db import db, transaction
from tests.support.catalog import make_sku
from tests.support.groupbuy import make_activity, members_of, opened
from tests.support.inventory import stock

NEW = "n.order_no LIKE '%G%'"


def crowded(members: int, reached: int = 500) -> int:
    """A formed team of so many members who have each paid 90.00 for a unit, 80.00 at the tier that
    they reach: its id. What is due with their orders is done."""
    sku_id = stock(make_sku(10_000), members)
    activity_id = make_activity({2: 9_000, 3: 8_000, 4: 7_000}, sku_id=sku_id, stock_units=members)
    team_id = opened(activity_id)
    (leader,) = members_of(team_id)
    values = {
        "team_id": team_id,
        "order_id": leader.order_id,
        "more": members - 1,
        "reached": reached,
        "most": members + 1,
    }
    for statement in _statements():
        with transaction() as session:
            session.execute(
                text(statement),
                {name: value for name, value in values.items() if f":{name}" in statement},
            )
    db.session.remove()
    return team_id


def _statements() -> list[str]:
    of_leader = "s.order_id = :order_id"
    no = "(SELECT order_no FROM orders WHERE id = :order_id)"
    return [
        "INSERT INTO users (appid, openid) SELECT u.appid, 'crowd' || g FROM generate_series("
        "1, :more) g, orders o JOIN users u ON u.id = o.user_id WHERE o.id = :order_id",
        _copy(
            "orders",
            "users u WHERE u.openid LIKE 'crowd%' AND s.id = :order_id",
            order_no="left(s.order_no, 12) || 'G' || lpad(CAST(u.id AS text), 7, '0')",
            user_id="u.id",
            hold_reason="NULL",
        ),
        *(
            _copy(table, f"orders n WHERE {NEW} AND {of_leader}", order_id="n.id")
            for table in ("order_lines", "order_adjustments", "order_transitions")
        ),
        _copy(
            "payment_attempts",
            f"orders n WHERE {NEW} AND {of_leader}",
            order_id="n.id",
            out_trade_no="n.order_no",
            transaction_id="'42' || n.order_no",
            openid="(SELECT openid FROM users WHERE id = n.user_id)",
        ),
        _copy(
            "stock_movements",
            f"orders n WHERE {NEW} AND s.ref LIKE '%' || {no}",
            ref=f"replace(s.ref, {no}, n.order_no)",
        ),
        """
        UPDATE stocks s SET sellable = s.sellable + m.sellable, reserved = s.reserved + m.reserved,
            sold = s.sold + m.sold
        FROM (SELECT sku_id, sum(sellable_delta) AS sellable, sum(reserved_delta) AS reserved,
                  sum(sold_delta) AS sold
              FROM stock_movements WHERE ref LIKE '%G%' GROUP BY sku_id) m
        WHERE m.sku_id = s.sku_id
        """,
        _copy(
            "groupbuy_members",
            f"orders n WHERE {NEW} AND {of_leader}",
            order_id="n.id",
            user_id="n.user_id",
        ),
        "UPDATE orders SET hold_reason = NULL WHERE id = :order_id",
        "INSERT INTO groupbuy_shoppers SELECT m.activity_id, m.user_id, m.units"
        f" FROM groupbuy_members m JOIN orders n ON n.id = m.order_id WHERE {NEW}",
        "UPDATE groupbuy_skus SET sold = stock",
        # Staff may plan for 500 members at most; teams don't know that.
        "UPDATE groupbuy_tier_sets SET sizes = ARRAY[2, :reached, :most]",
        "UPDATE groupbuy_teams SET sizes = ARRAY[2, :reached, :most], max_size = :most"
        " WHERE id = :team_id",
        "UPDATE groupbuy_teams SET paid = paid + :more, status = 'formed', formed_at = now()"
        " WHERE id = :team_id",
        "INSERT INTO groupbuy_transitions (team_id, from_status, to_status, cause)"
        " VALUES (:team_id, 'forming', 'formed', 'enough_paid')",
    ]


def _copy(table: str, of: str, **changes: str) -> str:
    """An INSERT of rows of `table` (`s`) for each row of what `of` names; other values the same."""
    db.session.rollback()
    columns = db.session.scalars(
        text(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND table_name = :table AND column_name <> 'id' ORDER BY ordinal_position"
        ),
        {"table": table},
    ).all()
    values = ", ".join(changes.get(column, f"s.{column}") for column in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} s, {of}"
