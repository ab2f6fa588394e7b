"""What is due with a member's order, done once: one transaction an order.

The order is locked first; the member's row is written last, so nobody who holds it waits for a
team. Money goes back by a cause of the team, so a repetition finds the first refund.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.groupbuy.orders.kinds import WAITS
from mall.groupbuy.settlement.difference import due_difference_fen
from mall.groupbuy.settlement.metrics import OUTCOMES
from mall.groupbuy.settlement.undecided import is_undecided
from mall.kernel.db import transaction
from mall.kernel.failpoints import around_commit
from mall.kernel.jobs import brief
from mall.orders.holding import release
from mall.orders.locking import lock_order
from mall.payments.refunds.causing import rebate, refund_in_full

FAILED_REASON, TIER_REASON = "拼团未成功，全额退款", "拼团差价退还"
_FIND = text(
    """
    SELECT m.id, m.team_id, m.due, m.sku_id, m.unit_price_fen, m.order_id, o.order_no, o.status,
        t.tier_size, s.sizes, s.prices, a.mode
    FROM groupbuy_members m JOIN orders o ON o.id = m.order_id
    JOIN groupbuy_teams t ON t.id = m.team_id JOIN groupbuy_activities a ON a.id = m.activity_id
    JOIN groupbuy_tier_sets s ON s.id = t.tier_set_id
    WHERE m.id = :member_id AND m.due IS NOT NULL
    """
)
_DONE = text(
    """
    UPDATE groupbuy_members SET due = NULL, due_since = NULL, due_error = NULL,
        difference_fen = difference_fen + :difference_fen
    WHERE id = :member_id AND due = :due
    """
)
_FAILED = text(
    """
    UPDATE groupbuy_members SET due_tries = least(due_tries + 1, 30000), due_error = :error
    WHERE id = :member_id AND due IS NOT NULL
    """
)


def carry_out(member_id: int) -> None:
    """Do what is due with a member's order; again is once.

    A difference waits while it isn't decided how many units the shopper keeps. What refuses is
    kept with the member, for staff's list of stuck members, and raised.
    """
    try:
        with transaction() as session:
            _carry_out(session, member_id)
    except Exception as fault:
        with transaction() as session:
            session.execute(_FAILED, {"member_id": member_id, "error": brief(fault)})
        OUTCOMES.labels("fault").inc()
        raise


def _carry_out(session: Session, member_id: int) -> None:
    around_commit(session, "groupbuy.before_outcome_commit", "groupbuy.after_outcome_commit")
    found = _find(session, member_id)
    if found is None:
        return
    lock_order(session, found.order_no)
    found = _find(session, member_id)
    if found is None:
        return
    given_fen = 0
    if found.due == "refund":
        refund_in_full(session, found.order_no, f"groupbuy:team:{found.team_id}", FAILED_REASON)
    else:
        release(session, found.order_no, WAITS)
    if found.due == "settle":
        if is_undecided(session, found.order_id):
            return
        given_fen = _give_difference(session, found)
    # A team that was settled meanwhile wants more of a member whose order was to be released:
    # that is due still, and has a job of its own.
    done = {"member_id": member_id, "due": found.due, "difference_fen": given_fen}
    session.execute(_DONE, done)
    OUTCOMES.labels(found.due).inc()


def _find(session: Session, member_id: int) -> Any | None:
    return session.execute(_FIND, {"member_id": member_id}).one_or_none()


def _give_difference(session: Session, found: Any) -> int:
    """Rebate what was paid beyond the reached tier; in fen."""
    amount_fen = due_difference_fen(session, found)
    if amount_fen <= 0:
        return 0
    cause = f"groupbuy:tier:{found.team_id}"
    rebate(session, found.order_no, {1: amount_fen}, cause, TIER_REASON)
    return amount_fen
