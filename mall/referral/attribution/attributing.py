"""To whom a paid order belongs: by the owner's rule, written once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.events import publish
from mall.kernel.prepared import PreparedStatement
from mall.orders.customers import has_bought
from mall.orders.kinds import earning_kinds
from mall.referral.attribution.events import OrderAttributed
from mall.referral.attribution.models import BINDING, FIRST_TOUCH, OrderAttribution
from mall.referral.attribution.settings import RULE, WINDOW_DAYS
from mall.referral.bindings.handlers import bind_by_registration
from mall.referral.bindings.queries import binding_at
from mall.sharing.shares.counting import TODAY, count_order

# A late payment's order is as old as the one that it stands for.
_ORDER = PreparedStatement(
    f"""
    SELECT o.id, o.order_no, o.user_id, coalesce(r.created_at, o.created_at) AS placed_at,
           NOT {has_bought("o.user_id", but="o.id", before="o.paid_at")} AS first_order,
           EXISTS (SELECT FROM order_attributions a WHERE a.order_id = o.id) AS done,
           {TODAY} AS day
    FROM orders o LEFT JOIN orders r ON r.id = o.replaces_order_id
    WHERE o.order_no = :order_no AND o.paid_at IS NOT NULL AND o.payable_fen > 0
      AND o.kind = ANY(CAST(:kinds AS text[]))
    """  # noqa: S608
)
# Openings before the order was placed. One of a later moment on the same day hides when the
# sharer's share was last opened before the order: then its first opening stands for it.
_TOUCHES = {
    newest: PreparedStatement(
        f"""
        SELECT p.share_id, p.sharer_id, p.channel_id FROM share_opens p
        WHERE p.opener_id = :user_id AND p.created_at <= :at
          AND p.created_at > CAST(:at AS timestamptz) - make_interval(days => CAST(:days AS int))
        ORDER BY {order} LIMIT 1
        """  # noqa: S608
    )
    for newest, order in {
        True: "CASE WHEN p.last_at <= :at THEN p.last_at ELSE p.created_at END DESC, p.id DESC",
        False: "p.created_at, p.id",
    }.items()
}


def attribute(session: Session, order_no: str) -> bool:
    """Write down to whom a paid order belongs; False when to nobody, or when it was done."""
    order = _ORDER.first(session, order_no=order_no, kinds=earning_kinds())
    if order is None or order.done:
        return False
    bind_by_registration(session, order.user_id)  # its own event may still be under way
    bound = binding_at(session, order.user_id, order.placed_at)
    binding_id = None if bound is None else bound.id
    found = _owner(session, order.user_id, order.placed_at, bound)
    if found is None:
        return False
    written = session.execute(
        insert(OrderAttribution)
        .values(
            order_id=order.id,
            user_id=order.user_id,
            binding_id=binding_id,
            first_order=order.first_order,
            day=order.day,
            **found,
        )
        .on_conflict_do_nothing()
        .returning(OrderAttribution.order_id)
    ).one_or_none()
    if written is None:
        return False
    _count(session, order, found)
    publish(
        session,
        OrderAttributed(
            order_no=order.order_no,
            order_id=order.id,
            user_id=order.user_id,
            inviter_id=found["inviter_id"],
            channel_id=found["channel_id"],
            binding_id=binding_id,
            first_order=order.first_order,
        ),
    )
    return True


def _owner(session: Session, user_id: int, at: datetime, bound: Any) -> dict[str, Any] | None:
    """Of whose share the order came; without one, of who the shopper is bound to."""
    rule = RULE.get()
    by_binding = bound and {
        "rule": BINDING,
        "share_id": None,
        "inviter_id": bound.inviter_id,
        "channel_id": None,
    }
    if rule == BINDING and by_binding is not None:
        return by_binding
    touches = _TOUCHES[rule != FIRST_TOUCH]
    touch = touches.first(session, user_id=user_id, at=at, days=WINDOW_DAYS.get())
    if touch is None:
        return by_binding
    return {
        "rule": FIRST_TOUCH if rule == FIRST_TOUCH else "last_touch",
        "share_id": touch.share_id,
        "inviter_id": touch.sharer_id,
        "channel_id": touch.channel_id,
    }


def _count(session: Session, order: Any, found: dict[str, Any]) -> None:
    """It counts for the sharer's missions, within the day's cap; commission knows no such cap."""
    if found["share_id"] is None or found["inviter_id"] is None:
        return
    if count_order(session, found["share_id"], found["inviter_id"], order.day):
        session.execute(
            update(OrderAttribution)
            .where(OrderAttribution.order_id == order.id)
            .values(counted=True)
        )


_ONE = select(OrderAttribution).execution_options(populate_existing=True)


def attribution_of(session: Session, order_id: int) -> OrderAttribution | None:
    """To whom an order belongs; None when to nobody, or not yet."""
    return session.scalars(_ONE.where(OrderAttribution.order_id == order_id)).one_or_none()


_COUNTED = text(
    """
    SELECT a.inviter_id, a.first_order FROM order_attributions a JOIN orders o ON o.id = a.order_id
    WHERE o.order_no = :order_no AND a.counted
    """
)


def counted_for(session: Session, order_no: str) -> Any:
    """For which sharer's missions an order counts (inviter_id, first_order); None for nobody's."""
    return session.execute(_COUNTED, {"order_no": order_no}).one_or_none()
