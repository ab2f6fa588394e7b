"""Who bought a product and has it: who may answer, and who is asked to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.kernel.db import int_array
from mall.reviews.writing.names import TRIAL

LOOKED_AT = 300
"""So many of the latest orders of each SKU are looked at for buyers to ask."""
# Gifts beside something else weren't chosen; what came back as a whole isn't there any more.
_KEPT = "l.gift IS NULL AND l.refunded_quantity < l.quantity"
_HAS = text(
    f"""
    SELECT count(*) AS lines, bool_and(o.kind = '{TRIAL}') AS of_trial
    FROM orders o JOIN order_lines l ON l.order_id = o.id
    WHERE o.user_id = :user_id AND o.completed_at IS NOT NULL AND l.spu_id = :spu_id AND {_KEPT}
    """  # noqa: S608 - words of our own
)
_RECENT = text(
    f"""
    WITH latest AS (
        SELECT l.order_id FROM skus s CROSS JOIN LATERAL (
            SELECT l.order_id FROM order_lines l WHERE l.sku_id = s.id AND {_KEPT}
            ORDER BY l.order_id DESC LIMIT {LOOKED_AT}
        ) l WHERE s.spu_id = :spu_id
    )
    SELECT o.user_id FROM latest JOIN orders o ON o.id = latest.order_id
    JOIN users u ON u.id = o.user_id AND u.closed_at IS NULL
    WHERE o.completed_at > clock_timestamp() - make_interval(days => :within_days)
      AND o.user_id <> :asker_id
      AND NOT EXISTS (
          SELECT FROM asked_shoppers a WHERE a.user_id = o.user_id
          AND a.asked_at > clock_timestamp() - make_interval(days => :again_days))
      AND NOT EXISTS (
          SELECT FROM message_preferences p WHERE p.user_id = o.user_id AND NOT p.marketing)
      AND NOT EXISTS (
          SELECT FROM product_answers p
          WHERE p.question_id = :question_id AND p.user_id = o.user_id)
    GROUP BY o.user_id ORDER BY max(o.completed_at) DESC, o.user_id LIMIT :most
    """  # noqa: S608 - words of our own
)
# Two questions that ask at the same moment both find a shopper; one of them gets the row.
_TAKE = text(
    """
    INSERT INTO asked_shoppers AS a (user_id, asked_at)
    SELECT user_id, clock_timestamp() FROM unnest(CAST(:user_ids AS bigint[])) AS user_id
    ORDER BY user_id
    ON CONFLICT (user_id) DO UPDATE SET asked_at = clock_timestamp()
    WHERE a.asked_at <= clock_timestamp() - make_interval(days => :again_days)
    RETURNING user_id
    """
)


@dataclass(frozen=True, slots=True)
class Bought:
    """That a shopper has the product; `of_trial`: from a trial only, for nothing."""

    of_trial: bool


def bought(session: Session, user_id: int, spu_id: int) -> Bought | None:
    """How a shopper came by a product that they received and kept; None if they didn't."""
    found = session.execute(_HAS, {"user_id": user_id, "spu_id": spu_id}).one()
    return Bought(bool(found.of_trial)) if found.lines else None


@dataclass(frozen=True, slots=True)
class Asking:
    """How many buyers a question asks at most, and whom: `within_days` of the receipt, and not
    again before `again_days` have passed."""

    question_id: int
    spu_id: int
    asker_id: int
    most: int
    within_days: int
    again_days: int


def take_buyers(session: Session, asking: Asking) -> set[int]:
    """The buyers whom a question asks, the latest receivers first; nobody else asks them for
    `again_days`. Who opted out of marketing isn't asked."""
    values = {
        "question_id": asking.question_id,
        "spu_id": asking.spu_id,
        "asker_id": asking.asker_id,
        "most": asking.most,
        "within_days": asking.within_days,
        "again_days": asking.again_days,
    }
    found: Collection[int] = session.scalars(_RECENT, values).all()
    if not found:
        return set()
    taken = {"user_ids": int_array(found), "again_days": asking.again_days}
    return set(session.scalars(_TAKE, taken))
