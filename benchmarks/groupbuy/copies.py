"""Paid seats by the thousand, made by SQL: each is like that of a team's leader."""

from __future__ import annotations

from typing import Any

import psycopg

_WANTED = (
    "unnest(CAST(%(order_nos)s AS text[]), CAST(%(users)s AS bigint[])) AS w(order_no, user_id)"
)
_LIKE = """(
    SELECT order_id FROM groupbuy_members WHERE team_id = %(like)s AND user_id = %(leader)s
)"""
_ORDERS = f"""
INSERT INTO orders (order_no, user_id, kind, status, hold_reason, goods_fen, discount_fen,
    freight_fen, payable_fen, paid_fen, paid_at, region_code, expires_at)
SELECT w.order_no, w.user_id, o.kind, o.status, o.hold_reason, o.goods_fen, o.discount_fen,
    o.freight_fen, o.payable_fen, o.paid_fen, o.paid_at, o.region_code, o.expires_at
FROM orders o, {_WANTED} WHERE o.id = {_LIKE}
"""
_LINES = f"""
INSERT INTO order_lines (order_id, position, sku_id, spu_id, sku_code, name, spec_text, image,
    price_fen, cost_fen, quantity, total_fen, adjusted_fen, payable_fen)
SELECT o.id, l.position, l.sku_id, l.spu_id, l.sku_code, l.name, l.spec_text, l.image,
    l.price_fen, l.cost_fen, l.quantity, l.total_fen, l.adjusted_fen, l.payable_fen
FROM orders o, order_lines l WHERE o.order_no = ANY(%(order_nos)s) AND l.order_id = {_LIKE}
"""
_PAYMENTS = f"""
INSERT INTO payment_attempts (order_id, out_trade_no, amount_fen, openid, status, request,
    expires_at, transaction_id, success_at, payer_total_fen)
SELECT o.id, o.order_no, o.payable_fen, u.openid, 'succeeded', '{{"appid": "wx1", "mchid": "1"}}',
    o.expires_at, '42' || o.order_no, o.paid_at, o.payable_fen
FROM orders o JOIN users u ON u.id = o.user_id
WHERE o.order_no = ANY(%(order_nos)s) OR o.id = {_LIKE} AND NOT EXISTS (
    SELECT FROM payment_attempts a WHERE a.order_id = o.id)
"""
_MEMBERS = """
INSERT INTO groupbuy_members (team_id, activity_id, user_id, order_id, sku_id, units,
    unit_price_fen, paid_at, is_new)
SELECT t.id, m.activity_id, o.user_id, o.id, m.sku_id, m.units, m.unit_price_fen, m.paid_at,
    m.is_new
FROM groupbuy_members m, orders o, groupbuy_teams t
WHERE m.team_id = %(like)s AND m.user_id = %(leader)s AND o.order_no = ANY(%(order_nos)s)
  AND {team}
"""
_JOINED = """
UPDATE groupbuy_teams SET status = 'formed', formed_at = now(), paid = paid + %(count)s
WHERE id = %(like)s
"""
_TEAMS = """
INSERT INTO groupbuy_teams (code, activity_id, tier_set_id, leader_id, status, sizes, min_size,
    max_size, paid, expires_at)
SELECT unnest(CAST(%(order_nos)s AS text[])), activity_id, tier_set_id, leader_id, status, sizes,
    min_size, max_size, paid, expires_at
FROM groupbuy_teams WHERE id = %(like)s
"""


def add_members(url: str, team_id: int, users: list[int], name: str) -> None:
    """These shoppers have paid for seats of a team that has its leader alone; it is formed."""
    _copy(url, team_id, users, name, [_MEMBERS.format(team="t.id = m.team_id"), _JOINED])


def add_teams(url: str, team_id: int, count: int, name: str) -> None:
    """So many more teams like one that has its leader alone."""
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT leader_id FROM groupbuy_teams WHERE id = %s", (team_id,))
        (leader,) = found.fetchall()[0]
    members = _MEMBERS.format(team="t.code = o.order_no")
    _copy(url, team_id, [leader] * count, name, [_TEAMS, members])


def _copy(url: str, like: int, users: list[int], name: str, further: list[str]) -> None:
    order_nos = [f"{name}-{n}" for n in range(len(users))]
    values: dict[str, Any] = {"like": like, "users": users, "order_nos": order_nos}
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT leader_id FROM groupbuy_teams WHERE id = %s", (like,))
        values |= {"leader": found.fetchall()[0][0], "count": len(users)}
        for statement in (_ORDERS, _LINES, _PAYMENTS, *further):
            connection.execute(statement, values)
        connection.commit()
        connection.autocommit = True
        connection.execute(
            "ANALYZE orders, order_lines, payment_attempts, groupbuy_teams, groupbuy_members"
        )
        connection.execute("CHECKPOINT")
