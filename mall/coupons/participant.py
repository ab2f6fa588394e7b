"""Coupons in an order: priced by choice, locked at placing, given back when it closes."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from mall.catalog.queries import with_those_below
from mall.coupons import rules
from mall.coupons.choosing import Coupons
from mall.coupons.errors import ChoiceInvalid, CouponNotFound, CouponNotUsable
from mall.coupons.models import AVAILABLE, FREIGHT, LOCKED, Coupon
from mall.coupons.rules import Terms
from mall.kernel.db import int_array
from mall.kernel.http.schemas import MAX_ID
from mall.kernel.prepared import PreparedStatement
from mall.orders.participants import Offer, OrderParticipant, PlacingContext
from mall.orders.placed import PlacedOrder
from mall.orders.refunding import REFUNDED_IN_FULL
from mall.pricing.quote import PriceRule, Quote
from mall.pricing.scope import read_scope

NAME = "coupons"
BEST, NONE = "best", "none"
_HELD_FOR = "coupons held, for which context"


class CouponsParticipant(OrderParticipant):
    """Brings the chosen coupons into quotes and orders."""

    name = NAME

    def price_rules(self, session: Session, context: PlacingContext) -> list[PriceRule]:
        """The choice: `none` (as without one), `best`, or the ids of coupons by commas.

        Raises ChoiceInvalid, CouponNotFound, CouponNotUsable. A coupon whose conditions
        the goods don't meet takes nothing off; `offers` and a notice say why.
        """
        choice = context.choices.get(NAME, NONE)
        if choice == NONE:
            return []
        if choice == BEST:
            free = tuple(t for t in held(session, context) if t.usable_from is None)
            return [Coupons(free)] if free else []
        return [Coupons(tuple(_chosen(session, context, _read_ids(choice))), as_told=True)]

    def activity_prices(self, session: Session, context: PlacingContext) -> tuple[()]:
        """Coupons make no price of a unit."""
        return ()

    def on_placing(self, session: Session, order: PlacedOrder) -> None:
        """Lock the coupons that made the price. Raises CouponNotUsable."""
        wanted = rules.coupon_ids(order.sources)
        if wanted and len(lock(session, order, wanted)) != len(wanted):
            raise CouponNotUsable(param="choices")

    def on_cancelling(self, session: Session, order: PlacedOrder) -> None:
        """A closed order gives back its coupons; one that was paid, by the template's policy."""
        give_back(session, order.id)

    def offers(self, session: Session, context: PlacingContext, quote: Quote) -> list[Offer]:
        return offers(session, context, quote)


def lock(session: Session, order: PlacedOrder, coupon_ids: Sequence[int]) -> Sequence[int]:
    """Give these coupons to the order, as far as they are free: those that it got."""
    now = func.clock_timestamp()
    free = (
        select(Coupon.id)
        .where(
            Coupon.id.in_(coupon_ids),
            Coupon.user_id == order.user_id,
            Coupon.status == AVAILABLE,
            Coupon.valid_from <= now,
            Coupon.expires_at > now,
        )
        .order_by(Coupon.id)  # two orders with the same two coupons wait, they don't deadlock
        .with_for_update()
        .cte()
    )
    return session.scalars(
        update(Coupon)
        .where(Coupon.id == free.c.id)
        .values(status=LOCKED, order_id=order.id)
        .returning(Coupon.id),
        execution_options={"synchronize_session": False},
    ).all()


_HELD = PreparedStatement(
    """
    SELECT c.id, c.expires_at, c.template_id, t.name, t.kind,
           coalesce(c.amount_fen, t.amount_fen) AS amount_fen, t.off_bp, t.cap_fen, t.threshold_fen,
           t.scope,
           CASE WHEN c.valid_from > n.at THEN c.valid_from END AS usable_from
    FROM (SELECT COALESCE(CAST(:at AS timestamptz), statement_timestamp()) AS at) n
    CROSS JOIN coupons c JOIN coupon_templates t ON t.id = c.template_id
    WHERE c.user_id = :user_id AND c.status = 'available' AND c.expires_at > n.at
      AND (CAST(:not_yet AS boolean) OR c.valid_from <= n.at)
      AND (CAST(:ids AS bigint[]) IS NULL OR c.id = ANY(CAST(:ids AS bigint[])))
    ORDER BY c.expires_at, c.id
    """
)
_GIVE_BACK = text(
    f"""
    UPDATE coupons c
    SET status = CASE WHEN c.revoked_at IS NULL THEN 'available' ELSE 'revoked' END,
        order_id = NULL, used_at = NULL
    FROM orders o, coupon_templates t
    WHERE c.order_id = :order_id AND o.id = c.order_id AND t.id = c.template_id
      AND (o.paid_at IS NULL AND o.status = 'closed'
           OR o.paid_at IS NOT NULL AND t.back_on_refund AND {REFUNDED_IN_FULL})
    """  # noqa: S608
)
_USE = text(
    """
    UPDATE coupons c SET status = 'used', used_at = clock_timestamp()
    FROM orders o
    WHERE o.order_no = :order_no AND o.paid_at IS NOT NULL AND c.order_id = o.id
      AND c.status = 'locked'
    """
)


def give_back(session: Session, order_id: int) -> None:
    """Free the coupons of an order that was closed unpaid, or refunded in full (by policy).

    Their time runs on: one that has expired meanwhile is expired.
    """
    session.execute(_GIVE_BACK, {"order_id": order_id})


def use(session: Session, order_no: str) -> None:
    """The order is paid: its coupons are used up. Doing it again changes nothing."""
    session.execute(_USE, {"order_no": order_no})


def offers(session: Session, context: PlacingContext, quote: Quote) -> list[Offer]:
    """Each coupon that the shopper holds: what it takes off, or why it doesn't apply."""
    used = {adjustment.source for adjustment in quote.adjustments}
    before, freight_fen = rules.lines_before_coupons(quote), rules.freight_before_coupons(quote)
    found = []
    for terms in held(session, context):
        worth = rules.worth(terms, before, freight_fen, quote.context.kept_fen)
        found.append(
            Offer(
                participant=NAME,
                choice=str(terms.coupon_id),
                label=terms.label,
                applies=worth.amount_fen > 0,
                chosen=terms.source in used,
                amount_fen=worth.amount_fen,
                reason=worth.reason,
            )
        )
    return sorted(found, key=lambda offer: -offer.amount_fen)


def held(session: Session, context: PlacingContext) -> list[Terms]:
    """The shopper's coupons, also those whose time hasn't come. The price of a quote and what
    is offered with it have one context, so for both they are read once."""
    known: tuple[PlacingContext, list[Terms]] | None = session.info.get(_HELD_FOR)
    if known is None or known[0] is not context:
        known = session.info[_HELD_FOR] = context, terms_of(session, context, not_yet=True)
    return known[1]


def terms_of(
    session: Session,
    context: PlacingContext,
    coupon_ids: Collection[int] | None = None,
    *,
    not_yet: bool = False,
) -> list[Terms]:
    """The shopper's coupons that can be used now, those that expire first.

    `coupon_ids` narrows to some; `not_yet` adds those whose time hasn't come.
    """
    rows = _HELD.rows(
        session,
        user_id=context.user_id,
        at=context.at,
        ids=None if coupon_ids is None else int_array(coupon_ids),
        not_yet=not_yet,
    )
    named = {
        category_id
        for row in rows
        for goods in row.scope.values()
        for category_id in goods.get("category_ids", ())
    }
    below = with_those_below(session, named)
    templates = {row.template_id: row.scope for row in rows}
    scopes = {template_id: read_scope(one, below) for template_id, one in templates.items()}
    return [
        Terms(
            coupon_id=row.id,
            label=row.name,
            kind=row.kind,
            amount_fen=row.amount_fen or 0,
            off_bp=row.off_bp or 0,
            cap_fen=row.cap_fen,
            threshold_fen=row.threshold_fen,
            scope=scopes[row.template_id],
            expires_at=row.expires_at,
            usable_from=row.usable_from,
        )
        for row in rows
    ]


def _read_ids(choice: str) -> list[int]:
    parts = choice.split(",")
    if len(parts) > 2 or not all(p.isascii() and p.isdigit() and len(p) < 20 for p in parts):
        raise ChoiceInvalid
    found = sorted({int(part) for part in parts})
    if len(found) != len(parts) or not 1 <= found[0] <= found[-1] <= MAX_ID:
        raise ChoiceInvalid
    return found


def _chosen(session: Session, context: PlacingContext, coupon_ids: list[int]) -> list[Terms]:
    mine = session.scalars(
        select(Coupon.id).where(Coupon.id.in_(coupon_ids), Coupon.user_id == context.user_id)
    ).all()
    if len(mine) != len(coupon_ids):
        raise CouponNotFound(param="choices")
    found = terms_of(session, context, coupon_ids)
    if len(found) != len(coupon_ids):
        raise CouponNotUsable(param="choices")
    if len({terms.kind == FREIGHT for terms in found}) != len(found):
        raise ChoiceInvalid
    return found
