"""To whom a paid order belongs: by the owner's rule, written once."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from mall.kernel.events import publish
from mall.kernel.prepared import PreparedStatement
from mall.orders.customers import has_bought
from mall.orders.kinds import earning_kinds
from mall.referral.attribution.events import OrderAttributed
from mall.referral.attribution.models import BINDING, FIRST_TOUCH, LAST_TOUCH
from mall.referral.attribution.settings import RULE, WINDOW_DAYS
from mall.referral.bindings.binding import Touch, bind
from mall.referral.bindings.handlers import bind_by_registration, bind_by_touches
from mall.referral.bindings.settings import ORDER, WON_BY
from mall.sharing.shares.counting import TODAY, count_order

# A late payment's order is as old as the one that it stands for.
_ORDER = PreparedStatement(
    f"""
    SELECT o.id, o.order_no, o.user_id, coalesce(r.created_at, o.created_at) AS placed_at,
           NOT {has_bought("o.user_id", but="o.id", before="o.paid_at")} AS first_order,
           EXISTS (SELECT FROM order_attributions a WHERE a.order_id = o.id) AS done,
           {TODAY} AS day, b.id AS binding_id, b.inviter_id, b.inviter_left
    FROM orders o LEFT JOIN orders r ON r.id = o.replaces_order_id
    LEFT JOIN LATERAL (
        SELECT b.id, b.inviter_id, i.closed_at IS NOT NULL AS inviter_left
        FROM referral_bindings b JOIN users i ON i.id = b.inviter_id
        WHERE b.invitee_id = o.user_id AND b.bound_at <= coalesce(r.created_at, o.created_at)
          AND (b.ended_at IS NULL OR b.ended_at > coalesce(r.created_at, o.created_at))
          AND (b.expires_at IS NULL OR b.expires_at > coalesce(r.created_at, o.created_at))
        ORDER BY b.bound_at DESC, b.id DESC LIMIT 1
    ) b ON true
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


_WRITE = PreparedStatement(
    """
    INSERT INTO order_attributions (
        order_id, user_id, share_id, channel_id, inviter_id, binding_id, rule, first_order, day
    )
    VALUES (
        :order_id, :user_id, CAST(:share_id AS bigint), CAST(:channel_id AS bigint),
        CAST(:inviter_id AS bigint), CAST(:binding_id AS bigint), CAST(:rule AS text),
        CAST(:first_order AS boolean), CAST(:day AS date)
    )
    ON CONFLICT DO NOTHING
    RETURNING order_id
    """
)
_COUNTED = PreparedStatement(
    "UPDATE order_attributions SET counted = true WHERE order_id = :order_id"
)


def attribute(session: Session, order_no: str) -> bool:
    """Write down to whom a paid order belongs; False when to nobody, or when it was done."""
    order = _order(session, order_no)
    if order is None or order.done:
        return False
    found = _owner(session, order)
    if found is None:
        return False
    binding_id = _won_by(session, order, found) or order.binding_id
    facts = {"binding_id": binding_id, "first_order": order.first_order, "day": order.day}
    owner = {"order_id": order.id, "user_id": order.user_id}
    if _WRITE.first(session, **owner, **facts, **found) is None:
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


def _order(session: Session, order_no: str) -> Any:
    """The order with the shopper's binding when it was placed. For the first order, what binds
    them may still be under way."""
    order = _ORDER.first(session, order_no=order_no, kinds=earning_kinds())
    if order is None or order.done or order.binding_id is not None or not order.first_order:
        return order
    bind_by_registration(session, order.user_id)
    bind_by_touches(session, order.user_id, order.placed_at)
    return _ORDER.first(session, order_no=order_no, kinds=earning_kinds())


def _won_by(session: Session, order: Any, found: dict[str, Any]) -> int | None:
    """The binding of a new shopper whom their first order won for another sharer, if the owner
    lets orders win."""
    if not order.first_order or found["share_id"] is None or found["inviter_id"] is None:
        return None
    touch = Touch(found["inviter_id"], order.user_id, found["share_id"], order.placed_at, True)
    return bind(session, touch) if WON_BY.get() == ORDER else None


def _owner(session: Session, order: Any) -> dict[str, Any] | None:
    """Of whose share the order came; without one, of who the shopper is bound to. Nothing is of
    somebody who closed the account."""
    rule, by_binding = RULE.get(), None
    if order.binding_id is not None and not order.inviter_left:
        by_binding = _found(BINDING, inviter_id=order.inviter_id)
    if rule == BINDING and by_binding is not None:
        return by_binding
    touches = _TOUCHES[rule != FIRST_TOUCH]
    touch = touches.first(
        session, user_id=order.user_id, at=order.placed_at, days=WINDOW_DAYS.get()
    )
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


def _count(session: Session, order: Any, found: dict[str, Any]) -> None:
    """It counts for the sharer's missions, within the day's cap; commission knows no such cap."""
    if found["share_id"] is None or found["inviter_id"] is None:
        return
    if count_order(session, found["share_id"], found["inviter_id"], order.day):
        _COUNTED.rows(session, order_id=order.id)
