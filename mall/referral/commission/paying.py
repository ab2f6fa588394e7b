"""Who is paid for an order: the promoter who brought the buyer, and by setting the one who brought
that promoter. Nobody else: not for recruits, not for what a team sells (禁止传销条例 7).
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.orders.errors import OrderNotFound
from mall.orders.kinds import kind_named
from mall.orders.locking import LockedOrder, lock_order
from mall.referral.attribution.queries import attribution_of
from mall.referral.bindings.queries import binding, binding_at
from mall.referral.commission.accruing import Payee, accrue
from mall.referral.commission.keeping import keep_locked
from mall.referral.commission.settings import SELF_PURCHASE, levels, pays_for
from mall.referral.promoters.queries import active_promoter

NO_LEVELS, KIND, CHANNEL, NO_PROMOTER = "no_levels", "kind", "channel", "no_promoter"
"""Why nobody is paid for an order that came of a share: the shop pays none; not for such orders; it
came of a channel; who shared isn't a promoter who is paid now."""

# WeChat tells payments in whole seconds, which may be before a binding of the same second. A late
# payment's order is as old as the one that it stands for.
_PLACED_AT = text(
    """
    SELECT coalesce(r.created_at, o.created_at) FROM orders o
    LEFT JOIN orders r ON r.id = o.replaces_order_id WHERE o.id = :order_id
    """
)


def pay_for_attributed(session: Session, order_no: str) -> None:
    """Write down once who is paid for an order that came of a share. Locks the order."""
    order = _paid_order(session, order_no)
    if order is None:
        return
    reason = _refusal(order)
    payees = [] if reason else _payees(session, order)
    if not reason and not payees:
        reason = _why_nobody(session, order)
    _write(session, order, payees, reason)


def pay_for_own(session: Session, order_no: str) -> None:
    """The same for an order of a promoter's own, where the shop pays for these; the order may have
    come of nobody's share. Nothing for the orders of others."""
    order = _paid_order(session, order_no)
    if order is None or _refusal(order):
        return
    payees = _own(session, order)
    if payees:
        _write(session, order, payees, None)


def _paid_order(session: Session, order_no: str) -> LockedOrder | None:
    try:
        order = lock_order(session, order_no)
    except OrderNotFound:
        return None
    return order if order.paid_at is not None else None


def _write(session: Session, order: LockedOrder, payees: list[Payee], reason: str | None) -> None:
    if accrue(session, order, payees, reason):
        keep_locked(session, order)  # what became of the order meanwhile


def _refusal(order: LockedOrder) -> str | None:
    if not levels():
        return NO_LEVELS
    return None if kind_named(order.kind).earns and pays_for(order.kind) else KIND


def _why_nobody(session: Session, order: LockedOrder) -> str:
    found = attribution_of(session, order.id)
    return CHANNEL if found is not None and found.inviter_id is None else NO_PROMOTER


def _payees(session: Session, order: LockedOrder) -> list[Payee]:
    return _own(session, order) or _brought(session, order)


def _own(session: Session, order: LockedOrder) -> list[Payee]:
    """A promoter who buys is the first level, where the shop pays for that."""
    if not SELF_PURCHASE.get():
        return []
    buyer = active_promoter(session, order.user_id)
    if buyer is None:
        return []
    return _with_upper(session, order, Payee(1, buyer.user_id, buyer.level_id))


def _brought(session: Session, order: LockedOrder) -> list[Payee]:
    found = attribution_of(session, order.id)
    if found is None or found.inviter_id is None or found.inviter_id == order.user_id:
        return []
    promoter = active_promoter(session, found.inviter_id)
    if promoter is None:
        return []
    bound = binding(session, found.binding_id) if found.binding_id else None
    own = bound is not None and bound.inviter_id == promoter.user_id
    binding_id = found.binding_id if own else None
    return _with_upper(session, order, Payee(1, promoter.user_id, promoter.level_id, binding_id))


def _with_upper(session: Session, order: LockedOrder, first: Payee) -> list[Payee]:
    """The first level and, where two are paid, who had brought that promoter when the order was
    placed; never the buyer, by a share of whom they brought."""
    if levels() < 2:
        return [first]
    placed_at = session.scalars(_PLACED_AT, {"order_id": order.id}).one()
    bound = binding_at(session, first.promoter_id, placed_at)
    if bound is None or bound.inviter_id == order.user_id:
        return [first]
    upper = active_promoter(session, bound.inviter_id)
    if upper is None:
        return [first]
    second = Payee(2, upper.user_id, upper.level_id, first.binding_id, bound.id)
    return [first, second]
