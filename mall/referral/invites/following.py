"""Bringing an invite to where its orders and its screening say it is. Again changes nothing.

Everything is read anew, so events may come late, twice, and in any order. Locks: the binding's
row (shared by all that is written here), then the screening's.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from mall.kernel.events import publish
from mall.referral.bindings.models import Binding
from mall.referral.invites.events import InviteChanged
from mall.referral.invites.models import ReferralInvite
from mall.referral.invites.states import QUALIFIED, status_of
from mall.referral.screening.screening import screen, standing
from mall.referral.screening.traits import keep_traits_of_order

# An order stands while something of what was bought hasn't been refunded.
_ORDERS = text(
    """
    SELECT min(o.id) AS first_id, count(*) FILTER (WHERE stands) AS stands,
           count(*) FILTER (WHERE stands AND o.settled_at IS NOT NULL) AS settled
    FROM order_attributions a JOIN orders o ON o.id = a.order_id
    CROSS JOIN LATERAL (
        SELECT o.status <> 'closed' AND EXISTS (
            SELECT FROM order_lines l
            WHERE l.order_id = o.id AND l.refunded_quantity < l.quantity) AS stands
    ) s
    WHERE a.binding_id = :binding_id
    """
)


def follow(session: Session, binding_id: int) -> None:
    """Bring the invite of a binding to where it should be, and tell if it has changed."""
    bound = session.scalars(
        select(Binding)
        .where(Binding.id == binding_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    orders = session.execute(_ORDERS, {"binding_id": binding_id}).one()
    if orders.first_id is None:
        return
    known = _known(session, binding_id)
    if known is None and _is_known_otherwise(session, bound.invitee_id):
        return
    stands = _screened(session, binding_id, orders, known)
    status = status_of(standing=stands, stands=orders.stands, settled=orders.settled)
    if known is None:
        _write(session, bound, orders, status)
    elif (status, orders.settled) != (known.status, known.orders_settled):
        _change(session, known, orders, status)


def _screened(session: Session, binding_id: int, orders: Any, known: Any) -> str:
    """Scored when the first order is there, and again when one is settled: by then a farm
    shows."""
    if known is None:
        keep_traits_of_order(session, orders.first_id)
    if known is None or orders.settled != known.orders_settled:
        return screen(session, binding_id, ordered=True)
    return standing(session, binding_id)


def _known(session: Session, binding_id: int) -> Any:
    return session.execute(
        select(
            ReferralInvite.id,
            ReferralInvite.status,
            ReferralInvite.orders_settled,
            ReferralInvite.inviter_id,
            ReferralInvite.invitee_id,
        ).where(ReferralInvite.binding_id == binding_id)
    ).one_or_none()


def _is_known_otherwise(session: Session, invitee_id: int) -> bool:
    """Whoever was brought once is no invitee of another, even if staff bind them anew."""
    query = select(ReferralInvite.id).where(ReferralInvite.invitee_id == invitee_id)
    return session.scalar(query) is not None


def _write(session: Session, bound: Binding, orders: Any, status: str) -> None:
    made: int = session.execute(
        insert(ReferralInvite)
        .values(
            binding_id=bound.id,
            inviter_id=bound.inviter_id,
            invitee_id=bound.invitee_id,
            order_id=orders.first_id,
            status=status,
            orders_settled=orders.settled,
            qualified_at=_since(status),
        )
        .returning(ReferralInvite.id)
    ).scalar_one()
    publish(session, InviteChanged(made, bound.inviter_id, bound.invitee_id))


def _change(session: Session, known: Any, orders: Any, status: str) -> None:
    values: dict[str, Any] = {"status": status, "orders_settled": orders.settled}
    if status != known.status:
        values["qualified_at"] = _since(status)
    session.execute(
        update(ReferralInvite)
        .where(ReferralInvite.id == known.id)
        .values(changed_at=func.clock_timestamp(), **values)
    )
    publish(session, InviteChanged(known.id, known.inviter_id, known.invitee_id))


def _since(status: str) -> Any:
    return func.clock_timestamp() if status == QUALIFIED else None
