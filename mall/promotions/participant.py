"""Promotions in quotes and orders: which run for this shopper, and their budgets.

A quote offers what the budgets still allow; the order takes its part by conditional
UPDATEs, so a budget is never passed however many order at once. Lock order: after the
stock, promotions by id, then the shopper's count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from mall.kernel.db import int_array
from mall.kernel.prepared import PreparedStatement
from mall.orders.customers import has_bought
from mall.orders.participants import OrderParticipant, PlacingContext
from mall.orders.placed import PlacedOrder
from mall.pricing.deals import Deal
from mall.pricing.gifts import GiftBenefit
from mall.pricing.quote import Lane, PriceLine, PriceRule
from mall.promotions.budgets import give_back, take
from mall.promotions.gifts import GiftTerms, gift_benefits
from mall.promotions.terms import Terms, asks_categories, covered, terms_of

SOURCE = "promotion:"

_RUNNING = PreparedStatement(
    f"""
    SELECT p.id, p.version, LEAST(
        p.budget_fen - p.spent_fen, p.shopper_budget_fen - COALESCE(s.spent_fen, 0)
    ) AS left_fen, p.gift_stock - p.gifts_given AS gifts_left
    FROM promotions p
    LEFT JOIN promotion_shoppers s ON s.promotion_id = p.id AND s.user_id = :user_id
    WHERE p.starts_at <= COALESCE(CAST(:at AS timestamptz), statement_timestamp())
      AND p.ends_at > COALESCE(CAST(:at AS timestamptz), statement_timestamp())
      AND p.paused IS NULL
      AND (p.max_orders IS NULL OR p.orders < p.max_orders)
      AND (p.shopper_max_orders IS NULL OR COALESCE(s.orders, 0) < p.shopper_max_orders)
      AND (NOT p.new_customers_only OR NOT {has_bought(":user_id")})
    """  # noqa: S608
)
_CATEGORIES = PreparedStatement(
    "SELECT id, path FROM categories WHERE id = ANY(CAST(:ids AS bigint[]))"
)


class PromotionsParticipant(OrderParticipant):
    """Brings the running promotions into every quote and order."""

    name = "promotions"

    def price_rules(self, session: Session, context: PlacingContext) -> list[PriceRule]:
        return list(deals(session, context.user_id, context.lines, context.at))

    def activity_prices(self, session: Session, context: PlacingContext) -> list[PriceRule]:
        """Without the gifts, which ask for what is left of them."""
        lane = Lane.ACTIVITY
        return list(deals(session, context.user_id, context.lines, context.at, lane))

    def on_placing(self, session: Session, order: PlacedOrder) -> None:
        if any(source.startswith(SOURCE) for source in order.sources):
            take(session, order)

    def on_cancelling(self, session: Session, order: PlacedOrder) -> None:
        give_back(session, order)


def deals(
    session: Session,
    user_id: int,
    lines: tuple[PriceLine, ...],
    at: datetime | None = None,
    lane: Lane | None = None,
) -> list[Deal]:
    """What runs for this shopper and these goods now, or at a moment that staff ask about:
    of all lanes, or of one."""
    running = _RUNNING.rows(session, user_id=user_id, at=at)
    if not running:
        return []
    terms = terms_of(session, [(row.id, row.version) for row in running])
    if lane is not None:
        terms = {number: its for number, its in terms.items() if its.lane is lane}
    categories = _categories(session, terms.values(), lines)
    found, gifts = [], {}
    for row in running:
        its = terms.get(row.id)
        over = covered(its.scope, lines, categories) if its else frozenset()
        if its is None or not over:
            continue
        found.append((row, its, over))
        if isinstance(its.benefit, GiftTerms):
            gifts[row.id] = its.benefit, row.gifts_left
    given = gift_benefits(session, gifts, lines)
    return [_deal(row, its, over, given) for row, its, over in found]


def _deal(row: Any, its: Terms, over: frozenset[int], gifts: Mapping[int, GiftBenefit]) -> Deal:
    benefit = gifts[row.id] if isinstance(its.benefit, GiftTerms) else its.benefit
    return Deal(its.lane, f"{SOURCE}{row.id}", its.name, benefit, over, its.stacking, row.left_fen)


def _categories(
    session: Session, terms: Iterable[Terms], lines: tuple[PriceLine, ...]
) -> Mapping[int, Any]:
    """Each category of the lines with those above it, when any scope asks."""
    if not any(asks_categories(its.scope) for its in terms):
        return {}
    ids = int_array({line.category_id for line in lines})
    rows = _CATEGORIES.rows(session, ids=ids)
    return {row.id: [int(part) for part in row.path.split("/") if part] for row in rows}
