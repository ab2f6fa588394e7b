"""Staff redeem a coupon at a point, by the code that the shopper shows there.

Lock order: the code, the coupon.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mall.coupons.counter import codes
from mall.coupons.counter.errors import (
    CounterAmountInvalid,
    CounterBelowThreshold,
    CounterCodeUsed,
    CounterNotHere,
    CounterPointClosed,
    CounterPointUnknown,
    CouponNotAtCounter,
)
from mall.coupons.counter.models import CounterCode, CounterRedemption
from mall.coupons.errors import CouponNotUsable
from mall.coupons.models import AMOUNT, EXCHANGE, Coupon, CouponTemplate
from mall.kernel.clock import shop_day
from mall.kernel.db import constraint_of, db_now, transaction
from mall.kernel.money import share
from mall.shipping.serving import hindrance, serves
from mall.staff.audit import record
from mall.users.shown_codes import code_hash

_ONCE = {
    "uq_coupon_redemptions_code_hash": CounterCodeUsed,
    "uq_coupon_redemptions_standing": CouponNotUsable,
}
# An order that wants the coupon locks it the same way (`participant.lock`): one of them has it.
_REDEEM = text(
    """
    UPDATE coupons c SET status = 'redeemed', used_at = clock_timestamp()
    FROM users u
    WHERE c.id = :coupon_id AND c.user_id = :user_id AND c.status = 'available'
      AND c.valid_from <= clock_timestamp() AND c.expires_at > clock_timestamp()
      AND u.id = c.user_id AND u.closed_at IS NULL
    RETURNING c.id
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What staff enter: the point, what the goods that the coupon is for cost, the receipt."""

    point_id: int
    goods_fen: int | None
    receipt_no: str | None


def redeem(staff_id: int, code: str, sale: Sale) -> int:
    """Use the coupon of a code up at a point: the redemption's id.

    Of several tills at once, or a till and an order, one has the coupon; what is refused leaves
    the code as it was. Raises CounterPointUnknown, CounterPointClosed, CounterNotHere,
    CounterCodeUnknown, CounterCodeUsed, CounterCodeExpired, CounterAmountInvalid,
    CounterBelowThreshold, CouponNotAtCounter, CouponNotUsable.
    """
    with transaction() as session:
        _may_serve(session, sale.point_id, staff_id)
        hashed = code_hash(code)
        shown = codes.use(session, hashed)
        off_fen = _off(session, shown.coupon_id, sale.goods_fen)
        _use(session, shown)
        values = {
            "coupon_id": shown.coupon_id,
            "user_id": shown.user_id,
            "point_id": sale.point_id,
            "goods_fen": sale.goods_fen,
            "off_fen": off_fen,
            "receipt_no": sale.receipt_no,
        }
        redemption_id = _insert(session, staff_id, hashed, values)
        record(
            session,
            action="coupon.redeem",
            target_type="coupon",
            target_id=shown.coupon_id,
            after={**values, "redemption_id": str(redemption_id)},
        )
        return redemption_id


def off_of(template: Any, goods_fen: int | None) -> int | None:
    """What a coupon takes off goods of this price; None for an exchange coupon.

    Raises CounterAmountInvalid, CounterBelowThreshold.
    """
    if (goods_fen is None) != (template.kind == EXCHANGE):
        raise CounterAmountInvalid(param="goods_fen")
    if goods_fen is None:
        return None
    off = template.amount_fen if template.kind == AMOUNT else share(goods_fen, template.off_bp)
    if template.cap_fen is not None:
        off = min(off, template.cap_fen)
    off = min(off, goods_fen)
    if goods_fen < template.threshold_fen or off <= 0:
        raise CounterBelowThreshold(param="goods_fen")
    return int(off)


def _off(session: Session, coupon_id: int, goods_fen: int | None) -> int | None:
    template = session.execute(
        select(
            CouponTemplate.kind,
            func.coalesce(Coupon.amount_fen, CouponTemplate.amount_fen).label("amount_fen"),
            CouponTemplate.off_bp,
            CouponTemplate.cap_fen,
            CouponTemplate.threshold_fen,
            CouponTemplate.at_counter,
        )
        .join(Coupon, Coupon.template_id == CouponTemplate.id)
        .where(Coupon.id == coupon_id)
    ).one()
    if not template.at_counter:
        raise CouponNotAtCounter(param="code")
    return off_of(template, goods_fen)


def _use(session: Session, shown: CounterCode) -> None:
    given = {"coupon_id": shown.coupon_id, "user_id": shown.user_id}
    if session.scalar(_REDEEM, given) is None:
        raise CouponNotUsable(param="code")


def _insert(session: Session, staff_id: int, hashed: bytes, values: dict[str, Any]) -> int:
    day = shop_day(db_now(session))
    try:
        return session.execute(
            insert(CounterRedemption)
            .values(**values, staff_id=staff_id, day=day, code_hash=hashed)
            .returning(CounterRedemption.id)
        ).scalar_one()
    except IntegrityError as fault:
        refusal = _ONCE.get(constraint_of(fault) or "")
        if refusal is None:
            raise
        raise refusal(param="code") from None


def _may_serve(session: Session, point_id: int, staff_id: int) -> None:
    why = hindrance(session, point_id)
    if why is not None:
        refusal = {"unknown": CounterPointUnknown, "closed": CounterPointClosed}[why]
        raise refusal(param="point_id")
    must_serve(session, point_id, staff_id)


def must_serve(session: Session, point_id: int, staff_id: int) -> None:
    """Raises CounterNotHere for staff who aren't bound to the point."""
    if not serves(session, point_id, staff_id):
        raise CounterNotHere(param="point_id")
