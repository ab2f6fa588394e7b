"""To whom a paid order belongs: by the owner's rule, written once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.events import publish
from mall.kernel.prepared import PreparedStatement
from mall.orders.customers import has_bought
from mall.orders.kinds import earning_kinds
from mall.referral.attribution.events import OrderAttributed
from mall.referral.attribution.models import BINDING, FIRST_TOUCH, LAST_TOUCH, OrderAttribution
from mall.referral.attribution.settings import RULE, WINDOW_DAYS
from mall.referral.bindings.binding import Touch, bind
from mall.referral.bindings.handlers import bind_by_registration, bind_by_touches
from mall.referral.bindings.models import Binding
from mall.referral.bindings.queries import binding_at
from mall.referral.bindings.settings import ORDER, WON_BY
from mall.sharing.shares.counting import TODAY, count_order
from mall.users.models import User

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
          AND NOT EXISTS (
              SELECT FROM users s WHERE s.id = p.sharer_id AND s.closed_at IS NOT NULL
          )
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
    bound = _binding_of(session, order)
    found = _owner(session, order.user_id, order.placed_at, bound)
    if found is None:
        return False
    binding_id = _won_by(session, order, found)
    if binding_id is None and bound is not None:
        binding_id = bound.id
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


def _binding_of(session: Session, order: Any) -> Binding | None:
    """The shopper's binding when they placed the order. For the first order, what binds them may
    still be under way."""
    bound = binding_at(session, order.user_id, order.placed_at)
    if bound is None and order.first_order:
        bind_by_registration(session, order.user_id)
        bind_by_touches(session, order.user_id, order.placed_at)
        bound = binding_at(session, order.user_id, order.placed_at)
    return bound


def _won_by(session: Session, order: Any, found: dict[str, Any]) -> int | None:
    """The binding of a new shopper whom their first order won for another sharer, if the owner
    lets orders win."""
    if not order.first_order or found["share_id"] is None or found["inviter_id"] is None:
        return None
    touch = Touch(found["inviter_id"], order.user_id, found["share_id"], order.placed_at, True)
    return bind(session, touch) if WON_BY.get() == ORDER else None


def _owner(
    session: Session, user_id: int, at: datetime, bound: Binding | None
) -> dict[str, Any] | None:
    """Of whose share the order came; without one, of who the shopper is bound to. Nothing is of
    somebody who closed the account."""
    rule = RULE.get()
    by_binding = None
    if bound is not None and not _has_closed(session, bound.inviter_id):
        by_binding = _found(BINDING, inviter_id=bound.inviter_id)
    if rule == BINDING and by_binding is not None:
        return by_binding
    touches = _TOUCHES[rule != FIRST_TOUCH]
    touch = touches.first(session, user_id=user_id, at=at, days=WINDOW_DAYS.get())
    if touch is None:
        return by_binding
    return _found(
        FIRST_TOUCH if rule == FIRST_TOUCH else LAST_TOUCH,
        share_id=touch.share_id,
        inviter_id=touch.sharer_id,
        channel_id=touch.channel_id,
    )


def _found(
    rule: str,
    *,
    share_id: int | None = None,
    inviter_id: int | None = None,
    channel_id: int | None = None,
) -> dict[str, Any]:
    owner = {"inviter_id": inviter_id, "channel_id": channel_id}
    return {"rule": rule, "share_id": share_id, **owner}


def _has_closed(session: Session, user_id: int) -> bool:
    return session.scalar(select(User.closed_at).where(User.id == user_id)) is not None


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
