"""免单: a prize that gives back all that a member paid for the goods, which the member keeps.

A draw only notes which order is free: a job locks the order and gives the money back, so no draw
waits for an order. The job waits, too, while the team's own difference is due, or while it isn't
decided how many units the shopper keeps: the free order is what is left then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.groupbuy.settlement.undecided import is_undecided
from mall.kernel.db import transaction
from mall.kernel.failpoints import around_commit
from mall.kernel.jobs import brief, defer
from mall.lottery.rules.table import FREE_ORDER
from mall.lottery.teams.errors import LotteryNoFreeOrder
from mall.orders.locking import lock_order
from mall.payments.refunds.causing import rebate
from mall.payments.refunds.requesting import order_lines_by_id, share_of
from mall.rewards.errors import RewardUnknown
from mall.rewards.granters import Part, TakenBack

PAY_BACK = "lottery.pay_back_free_order"
"""The job that gives the money of a free order back."""
REASON = "拼团抽奖免单"
# What an order of the activity may cost at most: the dearest unit, as many as an order may have.
_DEAREST = text(
    """
    SELECT a.order_units * greatest(
        (SELECT max(CAST(price.value AS bigint)) FROM groupbuy_tier_sets s
         CROSS JOIN jsonb_each(s.prices) sku
         CROSS JOIN jsonb_array_elements_text(sku.value) price
         WHERE s.activity_id = a.id),
        (SELECT max(k.leader_price_fen) FROM groupbuy_skus k WHERE k.activity_id = a.id))
    FROM groupbuy_activities a WHERE a.id = :activity_id
    """
)
_CHOOSE = text(
    """
    SELECT l.member_id FROM lottery_members l
    WHERE l.user_id = :user_id AND l.activity_id = :activity_id AND l.status = 'given'
      AND NOT EXISTS (SELECT FROM lottery_free_orders f WHERE f.member_id = l.member_id)
      AND EXISTS (SELECT FROM order_lines o
                  WHERE o.order_id = l.order_id AND o.refunded_quantity < o.quantity)
    ORDER BY l.member_id LIMIT 1
    """
)
_NOTE = text(
    "INSERT INTO lottery_free_orders (member_id) VALUES (:member_id)"
    " ON CONFLICT DO NOTHING RETURNING member_id"
)
_OF_GRANT = text("UPDATE lottery_free_orders SET grant_id = :grant_id WHERE member_id = :member_id")
_CANCEL = text(
    """
    UPDATE lottery_free_orders SET canceled_at = clock_timestamp()
    WHERE member_id = :member_id AND done_at IS NULL AND canceled_at IS NULL RETURNING member_id
    """
)
_FIND = text(
    """
    SELECT o.id AS order_id, o.order_no, m.due FROM lottery_free_orders f
    JOIN lottery_members l ON l.member_id = f.member_id
    JOIN groupbuy_members m ON m.id = f.member_id JOIN orders o ON o.id = l.order_id
    WHERE f.member_id = :member_id AND f.done_at IS NULL AND f.canceled_at IS NULL
    """
)
_DONE = text(
    """
    UPDATE lottery_free_orders
    SET done_at = clock_timestamp(), amount_fen = :amount_fen, refund_no = :refund_no, error = NULL
    WHERE member_id = :member_id AND done_at IS NULL AND canceled_at IS NULL RETURNING member_id
    """
)
_FAILED = text(
    """
    UPDATE lottery_free_orders SET tries = least(tries + 1, 30000), error = :error
    WHERE member_id = :member_id AND done_at IS NULL
    """
)
_DUE = text(
    """
    SELECT member_id FROM lottery_free_orders
    WHERE done_at IS NULL AND canceled_at IS NULL AND member_id > :after
    ORDER BY member_id LIMIT :most
    """
)
_BATCH = 100


class FreeOrderGranter:
    """Makes the shopper's oldest order in an activity free that a chance was given for and that
    isn't free yet. `what` is the activity's id."""

    kind = FREE_ORDER

    def check(self, session: Session, part: Part) -> None:
        """One order a prize, of an activity that is there."""
        if part.count != 1 or _dearest_fen(session, part) is None:
            raise RewardUnknown(param="reward")

    def cost_fen(self, session: Session, part: Part) -> int | None:
        """The dearest order that the activity allows."""
        return _dearest_fen(session, part)

    def give(self, session: Session, user_id: int, part: Part) -> str:
        """The receipt is the member's id. Raises LotteryNoFreeOrder."""
        whose = {"user_id": user_id, "activity_id": int(part.what)}
        member_id = session.scalar(_CHOOSE, whose)
        # Another prize may take the same order at this moment: then this one is tried again.
        if member_id is None or session.scalar(_NOTE, {"member_id": member_id}) is None:
            raise LotteryNoFreeOrder
        defer(session, PAY_BACK, member_id=member_id)
        return str(member_id)

    def belongs_to(self, session: Session, receipt: str, grant_id: int) -> None:
        """The free order of a receipt is this grant's."""
        session.execute(_OF_GRANT, {"member_id": int(receipt), "grant_id": grant_id})

    def take_back(self, session: Session, user_id: int, receipt: str, units: int) -> TakenBack:
        """Money that didn't go back yet stays with the shop; other is owed."""
        stays = session.execute(_CANCEL, {"member_id": int(receipt)}).first()
        return TakenBack(units, 0) if stays else TakenBack(0, units)


def pay_back(member_id: int) -> bool:
    """Give the money of a free order back, once; False while that has to wait.

    What refuses is kept with the free order, for the list of those that wait, and raised.
    """
    try:
        with transaction() as session:
            return _pay_back(session, member_id)
    except Exception as fault:
        with transaction() as session:
            session.execute(_FAILED, {"member_id": member_id, "error": brief(fault)})
        raise


def due_after(after: int) -> list[int]:
    """The next free orders whose money hasn't gone back."""
    with transaction() as session:
        return list(session.scalars(_DUE, {"after": after, "most": _BATCH}).all())


def _pay_back(session: Session, member_id: int) -> bool:
    around_commit(session, "lottery.before_free_commit", "lottery.after_free_commit")
    found: Any = session.execute(_FIND, {"member_id": member_id}).one_or_none()
    if found is None:
        return True
    order = lock_order(session, found.order_no)
    found = session.execute(_FIND, {"member_id": member_id}).one_or_none()
    if found is None:
        return True
    if found.due is not None or is_undecided(session, found.order_id):
        return False
    amounts = _left_by_position(session, order.id)
    refund_no = None
    done = {"member_id": member_id, "amount_fen": sum(amounts.values())}
    if amounts:
        refund_no = rebate(session, found.order_no, amounts, cause_of(member_id), REASON)
    # Who took the prize back meanwhile is found here: then the rebate is rolled back.
    made = session.execute(_DONE, {**done, "refund_no": refund_no}).first()
    if made is None:
        raise RuntimeError(f"the free order of member {member_id} was taken back meanwhile")
    return True


def cause_of(member_id: int) -> str:
    """The cause of the refund."""
    return f"lottery:free:{member_id}"


def _left_by_position(session: Session, order_id: int) -> Mapping[int, int]:
    """What was paid for the units that the shopper keeps, by line, in fen."""
    lines = order_lines_by_id(session, order_id).values()
    left = {one.position: (one, one.quantity - one.refunded_quantity) for one in lines}
    amounts = {at: share_of(one, units) for at, (one, units) in left.items() if units}
    return {at: fen for at, fen in amounts.items() if fen}


def _dearest_fen(session: Session, part: Part) -> int | None:
    if not (part.what.isascii() and part.what.isdigit() and int(part.what) < 1 << 63):
        return None
    found: int | None = session.scalar(_DEAREST, {"activity_id": int(part.what)})
    return found
