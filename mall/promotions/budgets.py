"""Budgets and gifts: taken with the order, given back at its close, never passed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.kernel.prepared import PreparedStatement
from mall.orders.customers import has_bought
from mall.orders.placed import PlacedOrder
from mall.promotions.errors import PromotionGone

_WANTED = PreparedStatement(
    """
    SELECT p.id, -CAST(sum(a.amount_fen) AS bigint) AS fen,
           p.new_customers_only, p.shopper_budget_fen, p.shopper_max_orders,
           p.budget_fen IS NOT NULL OR p.max_orders IS NOT NULL OR p.gift_stock IS NOT NULL
               AS limited,
           CASE WHEN p.gift_stock IS NULL THEN 0 ELSE (
               SELECT CAST(COALESCE(sum(l.quantity), 0) AS bigint) FROM order_lines l
               WHERE l.order_id = :order_id AND l.gift ->> 'source' = 'promotion:' || p.id
           ) END AS gifts,
           (p.paused IS NULL AND p.starts_at <= clock_timestamp()
               AND p.ends_at > clock_timestamp()) AS runs,
           o.replaces_order_id IS NOT NULL AS paid_late
    FROM order_adjustments a
    JOIN orders o ON o.id = a.order_id
    JOIN promotions p ON 'promotion:' || p.id = a.source
    WHERE a.order_id = :order_id AND a.source LIKE 'promotion:%'
    GROUP BY p.id, o.id ORDER BY p.id
    """
)
_TAKE = PreparedStatement(
    """
    UPDATE promotions SET spent_fen = spent_fen + :fen, orders = orders + 1,
        gifts_given = gifts_given + :gifts,
        paused = CASE WHEN paused IS NULL
            AND (spent_fen + :fen >= budget_fen OR orders + 1 >= max_orders)
            THEN 'budget' ELSE paused END
    WHERE id = :id AND (budget_fen IS NULL OR spent_fen + :fen <= budget_fen)
      AND (max_orders IS NULL OR orders + 1 <= max_orders)
      AND (gift_stock IS NULL OR gifts_given + :gifts <= gift_stock)
    RETURNING id
    """
)
_TAKE_OF_SHOPPER = PreparedStatement(
    """
    INSERT INTO promotion_shoppers AS s (promotion_id, user_id, spent_fen, orders)
    SELECT CAST(:id AS bigint), :user_id, CAST(:fen AS bigint), 1
    WHERE CAST(:budget_fen AS bigint) IS NULL OR :fen <= CAST(:budget_fen AS bigint)
    ON CONFLICT (promotion_id, user_id) DO UPDATE
    SET spent_fen = s.spent_fen + EXCLUDED.spent_fen, orders = s.orders + 1
    WHERE (CAST(:budget_fen AS bigint) IS NULL
           OR s.spent_fen + EXCLUDED.spent_fen <= CAST(:budget_fen AS bigint))
      AND (CAST(:max_orders AS bigint) IS NULL OR s.orders + 1 <= CAST(:max_orders AS bigint))
    RETURNING s.promotion_id AS id
    """
)
_NEW = PreparedStatement(f"SELECT 1 WHERE NOT {has_bought(':user_id', but=':order_id')}")
PARTS = 16
"""Rows that a promotion's tally is spread over."""
_WRITE_USE = PreparedStatement(
    f"""
    WITH written AS (
        INSERT INTO promotion_uses (order_id, promotion_id, user_id, amount_fen, gift_units)
        VALUES (:order_id, :id, :user_id, :fen, :gifts)
    )
    INSERT INTO promotion_tallies AS t (promotion_id, part, used_fen, used_orders)
    VALUES (:id, :order_id % {PARTS}, :fen, 1)
    ON CONFLICT (promotion_id, part) DO UPDATE
    SET used_fen = t.used_fen + EXCLUDED.used_fen, used_orders = t.used_orders + 1
    RETURNING t.promotion_id AS id
    """  # noqa: S608 - a number of ours
)
_GIVE_BACK = text(
    """
    UPDATE promotion_uses SET given_back_at = clock_timestamp()
    WHERE order_id = :order_id AND given_back_at IS NULL
    RETURNING promotion_id AS id, user_id, amount_fen AS fen, gift_units AS gifts
    """
)
_RETURN = text(
    """
    UPDATE promotions SET spent_fen = spent_fen - :fen, orders = orders - 1,
        gifts_given = gifts_given - :gifts,
        paused = CASE WHEN paused = 'budget' THEN NULL ELSE paused END
    WHERE id = :id
      AND (budget_fen IS NOT NULL OR max_orders IS NOT NULL OR gift_stock IS NOT NULL)
    """
)
_RETURN_OF_SHOPPER = text(
    "UPDATE promotion_shoppers SET spent_fen = spent_fen - :fen, orders = orders - 1"
    " WHERE promotion_id = :id AND user_id = :user_id"
)
_TAKE_FROM_TALLY = text(
    f"""
    UPDATE promotion_tallies SET used_fen = used_fen - :fen, used_orders = used_orders - 1
    WHERE promotion_id = :id AND part = :order_id % {PARTS}
    """  # noqa: S608 - a number of ours
)


def take(session: Session, order: PlacedOrder) -> None:
    """Let an order that is being placed take its part of its promotions' budgets and gifts.

    One that spends the last of a budget pauses the promotion. Raises PromotionGone when a
    promotion is over, paused, or has too little left for this order or shopper. A late
    payment keeps its price though the time is over, but no budget is passed for it.
    """
    for wanted in _WANTED.rows(session, order_id=order.id):
        if not (wanted.runs or wanted.paid_late):
            raise PromotionGone
        if wanted.new_customers_only and not _NEW.first(
            session, user_id=order.user_id, order_id=order.id
        ):
            raise PromotionGone
        if wanted.limited and not _TAKE.first(
            session, id=wanted.id, fen=wanted.fen, gifts=wanted.gifts
        ):
            raise PromotionGone
        if _limits_shopper(wanted) and not _TAKE_OF_SHOPPER.first(
            session,
            id=wanted.id,
            user_id=order.user_id,
            fen=wanted.fen,
            budget_fen=wanted.shopper_budget_fen,
            max_orders=wanted.shopper_max_orders,
        ):
            raise PromotionGone
        _WRITE_USE.rows(
            session,
            order_id=order.id,
            id=wanted.id,
            user_id=order.user_id,
            fen=wanted.fen,
            gifts=wanted.gifts,
        )


def _limits_shopper(wanted: Any) -> bool:
    return wanted.shopper_budget_fen is not None or wanted.shopper_max_orders is not None


def give_back(session: Session, order: PlacedOrder) -> None:
    """A closed order returns its part, once; what its budget had paused goes on."""
    uses = session.execute(_GIVE_BACK, {"order_id": order.id}).all()
    for use in sorted(uses, key=lambda use: use.id):
        session.execute(_RETURN, {"id": use.id, "fen": use.fen, "gifts": use.gifts})
        session.execute(_RETURN_OF_SHOPPER, {"id": use.id, "user_id": use.user_id, "fen": use.fen})
        session.execute(_TAKE_FROM_TALLY, {"id": use.id, "order_id": order.id, "fen": use.fen})
