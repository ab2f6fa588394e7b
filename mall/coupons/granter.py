"""Coupons as rewards: {"kind": "coupon", "what": "<template id>", "count": 1}."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from mall.coupons import claiming
from mall.coupons.models import FEATURE, REWARD, Coupon, CouponTemplate
from mall.kernel.http.schemas import MAX_ID
from mall.rewards.errors import RewardUnknown
from mall.rewards.granters import Locks, Part, TakenBack

MAX_COUNT = 20


class CouponGranter:
    """Gives coupons of any template of staff, whatever way shoppers else come by them.

    The template's total holds, its limit a shopper doesn't: the rule has limits of its own.
    """

    kind = "coupon"
    locks = Locks.COUPONS

    def check(self, session: Session, part: Part) -> None:
        template_id = _template_id(part)
        known = template_id is not None and session.scalar(
            select(CouponTemplate.id).where(
                CouponTemplate.id == template_id, CouponTemplate.way != FEATURE
            )
        )
        if not known or part.count > MAX_COUNT:
            raise RewardUnknown(param="reward")

    def cost_fen(self, session: Session, part: Part) -> int | None:
        """What the coupons take off at most, where the template says so."""
        most = session.scalar(
            select(func.coalesce(CouponTemplate.amount_fen, CouponTemplate.cap_fen)).where(
                CouponTemplate.id == _template_id(part)
            )
        )
        return None if most is None else most * part.count

    def give(self, session: Session, user_id: int, part: Part) -> str:
        """The receipt is the coupons' ids, by commas."""
        template_id = _template_id(part)
        if template_id is None:
            raise RewardUnknown(param="reward")
        made = [claiming.issue(session, user_id, template_id, REWARD) for _ in range(part.count)]
        return ",".join(map(str, made))

    def lock_to_give(self, session: Session, given: Sequence[tuple[int, Part]]) -> None:
        """The templates, which count their coupons."""
        _lock(session, CouponTemplate.id, {_template_id(part) for _, part in given})

    def lock_to_take(self, session: Session, receipts: Sequence[str]) -> None:
        """The coupons."""
        _lock(session, Coupon.id, {one for receipt in receipts for one in _coupon_ids(receipt)})

    def take_back(self, session: Session, user_id: int, receipt: str, units: int) -> TakenBack:
        """Those that can still be used come first; one that an order has is owed."""
        taken = sum(
            claiming.revoke(session, coupon_id)
            for coupon_id in claiming.revocable(session, _coupon_ids(receipt))[:units]
        )
        return TakenBack(taken, units - taken)


def _coupon_ids(receipt: str) -> list[int]:
    return [int(coupon_id) for coupon_id in receipt.split(",")]


def _lock(
    session: Session, column: InstrumentedAttribute[int], ids: Collection[int | None]
) -> None:
    session.execute(
        select(column).where(column.in_(ids)).order_by(column).with_for_update(key_share=True)
    )


def _template_id(part: Part) -> int | None:
    is_id = part.what.isascii() and part.what.isdigit() and len(part.what) < 20
    number = int(part.what) if is_id else 0
    return number if 1 <= number <= MAX_ID else None
