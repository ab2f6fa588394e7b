"""How shoppers come by coupons. Every limit is a conditional UPDATE, so it is exact.

Lock order: the code, the shopper's holding, the template; the template's row, on which
everybody waits, comes last.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from mall.coupons.errors import (
    AllClaimed,
    ClaimLimitReached,
    ClaimNotOpen,
    CodeUnknown,
    CodeUsed,
    TemplateNotFound,
)
from mall.coupons.models import (
    AVAILABLE,
    CHANNEL,
    CODE,
    FEATURE,
    PUBLIC,
    REVOKED,
    Coupon,
    CouponBatch,
    CouponCode,
    CouponTemplate,
)
from mall.kernel.db import transaction

_COUNT_HOLDING = text(
    """
    INSERT INTO coupon_holdings AS h (template_id, user_id, claimed)
    SELECT t.id, :user_id, 1 FROM coupon_templates t WHERE t.id = :template_id AND t.way = :way
    ON CONFLICT (template_id, user_id) DO UPDATE SET claimed = h.claimed + 1
    WHERE h.claimed < (SELECT per_user_limit FROM coupon_templates WHERE id = :template_id)
    RETURNING claimed
    """
)
_ISSUE = text(
    """
    WITH counted AS (
        UPDATE coupon_templates SET claimed = claimed + 1
        WHERE id = :template_id AND enabled
          AND (way = :way OR :way = 'reward' AND way <> 'feature')
          AND (total_limit IS NULL OR claimed < total_limit)
          AND (claim_from IS NULL OR claim_from <= clock_timestamp())
          AND (claim_to IS NULL OR claim_to > clock_timestamp())
          AND (valid_to IS NULL OR valid_to > clock_timestamp())
        RETURNING id, valid_from, valid_to, valid_days
    )
    INSERT INTO coupons (template_id, user_id, way, amount_fen, valid_from, expires_at)
    SELECT id, :user_id, :way, CAST(:amount_fen AS bigint),
           coalesce(valid_from, clock_timestamp()),
           coalesce(valid_to, clock_timestamp() + make_interval(days => CAST(valid_days AS int)))
    FROM counted
    RETURNING id
    """
)
# An order that holds the coupon keeps the price that it was placed at.
_RAISE = text(
    """
    UPDATE coupons c SET amount_fen = :amount_fen FROM coupon_templates t
    WHERE c.id = :coupon_id AND t.id = c.template_id
      AND c.amount_fen < :amount_fen AND :amount_fen <= t.amount_fen
    """
)


def claim(user_id: int, template_id: int) -> int:
    """Claim a public coupon; its id.

    Raises TemplateNotFound, ClaimNotOpen, AllClaimed, ClaimLimitReached.
    """
    with transaction() as session:
        way = session.scalar(select(CouponTemplate.way).where(CouponTemplate.id == template_id))
        if way != PUBLIC:
            raise TemplateNotFound
        return _claim(session, user_id, template_id, PUBLIC)


def claim_for_channel(session: Session, user_id: int, template_id: int) -> int:
    """A coupon that a channel offers; its id.

    Raises TemplateNotFound, ClaimNotOpen, AllClaimed, ClaimLimitReached.
    """
    way = session.scalar(select(CouponTemplate.way).where(CouponTemplate.id == template_id))
    if way != CHANNEL:
        raise TemplateNotFound
    return _claim(session, user_id, template_id, CHANNEL)


def issue_valued(session: Session, user_id: int, template_id: int, amount_fen: int) -> int:
    """A coupon with a face value of its own, of a template that a feature made; its id.

    Raises TemplateNotFound, ClaimNotOpen, AllClaimed, ClaimLimitReached.
    """
    return _claim(session, user_id, template_id, FEATURE, amount_fen)


def raise_value(session: Session, coupon_id: int, amount_fen: int) -> None:
    """Raise the face value of such a coupon, within its template's. One that is worth as much
    stays; so does the price of an order that has the coupon."""
    session.execute(_RAISE, {"coupon_id": coupon_id, "amount_fen": amount_fen})


def redeem(user_id: int, code: str) -> int:
    """Change a code into its coupon; the coupon's id.

    Raises CodeUnknown, CodeUsed, ClaimNotOpen, AllClaimed, ClaimLimitReached.
    """
    with transaction() as session:
        found = session.execute(
            select(CouponCode.id, CouponCode.coupon_id, CouponBatch.template_id)
            .join(CouponBatch, CouponBatch.id == CouponCode.batch_id)
            .where(CouponCode.code == code.replace("-", "").upper())
            .with_for_update(of=CouponCode)
        ).one_or_none()
        if found is None:
            raise CodeUnknown
        if found.coupon_id is not None:
            raise CodeUsed
        coupon_id = _claim(session, user_id, found.template_id, CODE)
        session.execute(
            update(CouponCode)
            .where(CouponCode.id == found.id)
            .values(coupon_id=coupon_id, redeemed_at=func.clock_timestamp())
        )
        return coupon_id


def issue(
    session: Session, user_id: int, template_id: int, way: str, amount_fen: int | None = None
) -> int:
    """Make a coupon within the template's total; its id. A shopper's limit isn't asked.

    Raises TemplateNotFound, ClaimNotOpen, AllClaimed.
    """
    values = {
        "template_id": template_id,
        "user_id": user_id,
        "way": way,
        "amount_fen": amount_fen,
    }
    coupon_id: int | None = session.scalar(_ISSUE, values)
    if coupon_id is None:
        raise _why_not(session, template_id)
    return coupon_id


def revoke(session: Session, coupon_id: int) -> bool:
    """Take a coupon back; False when an order has it. That order keeps it, no other gets it."""
    status = session.scalar(
        update(Coupon)
        .where(Coupon.id == coupon_id, Coupon.revoked_at.is_(None))
        .values(
            revoked_at=func.clock_timestamp(),
            status=text("CASE status WHEN 'available' THEN 'revoked' ELSE status END"),
        )
        .returning(Coupon.status)
    )
    return status == REVOKED


def revocable(session: Session, coupon_ids: Sequence[int]) -> Sequence[int]:
    """Which of these weren't taken back yet, locked, those that no order has first."""
    return session.scalars(
        select(Coupon.id)
        .where(Coupon.id.in_(coupon_ids), Coupon.revoked_at.is_(None))
        .order_by(Coupon.status != AVAILABLE, Coupon.id)
        .with_for_update()
    ).all()


def _claim(
    session: Session, user_id: int, template_id: int, way: str, amount_fen: int | None = None
) -> int:
    values = {"template_id": template_id, "user_id": user_id, "way": way}
    if session.scalar(_COUNT_HOLDING, values) is None:
        raise ClaimLimitReached
    return issue(session, user_id, template_id, way, amount_fen)


def _why_not(session: Session, template_id: int) -> Exception:
    row = session.execute(
        select(CouponTemplate.claimed, CouponTemplate.total_limit).where(
            CouponTemplate.id == template_id
        )
    ).one_or_none()
    if row is None:
        return TemplateNotFound()
    full = row.total_limit is not None and row.claimed >= row.total_limit
    return AllClaimed() if full else ClaimNotOpen()
