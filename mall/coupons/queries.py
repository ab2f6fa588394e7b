"""Reads of coupons for shoppers and staff."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from mall.coupons.errors import BatchNotFound, CouponNotFound, TemplateNotFound
from mall.coupons.models import (
    AVAILABLE,
    LOCKED,
    PUBLIC,
    REDEEMED,
    USED,
    Coupon,
    CouponBatch,
    CouponCode,
    CouponHolding,
    CouponTemplate,
)

USABLE, EXPIRED = "usable", "expired"
TABS = (USABLE, USED, EXPIRED)


@dataclass(frozen=True, slots=True)
class OwnedCoupon:
    """A coupon with its template."""

    coupon: Coupon
    template: CouponTemplate

    @property
    def amount_fen(self) -> int | None:
        """Its own face value, or the template's."""
        own = self.coupon.amount_fen
        return self.template.amount_fen if own is None else own


@dataclass(frozen=True, slots=True)
class Claimable:
    """A public template as a shopper sees it."""

    template: CouponTemplate
    mine: int

    @property
    def sold_out(self) -> bool:
        limit = self.template.total_limit
        return limit is not None and self.template.claimed >= limit

    @property
    def can_claim(self) -> bool:
        return not self.sold_out and self.mine < self.template.per_user_limit


def coupons(
    session: Session,
    *,
    user_id: int | None = None,
    template_id: int | None = None,
    tab: str | None = None,
    before: int | None,
    limit: int,
) -> list[OwnedCoupon]:
    """Coupons, newest first; one more than `limit`, for paging.

    A coupon that waits for an order's payment is still in the tab `usable`.
    """
    query = select(Coupon, CouponTemplate).join(
        CouponTemplate, CouponTemplate.id == Coupon.template_id
    )
    if tab is not None:
        query = query.where(_in_tab(tab))
    for column, value in ((Coupon.user_id, user_id), (Coupon.template_id, template_id)):
        if value is not None:
            query = query.where(column == value)
    if before is not None:
        query = query.where(Coupon.id < before)
    rows = session.execute(query.order_by(Coupon.id.desc()).limit(limit + 1))
    return [OwnedCoupon(row[0], row[1]) for row in rows]


def _in_tab(tab: str) -> ColumnElement[bool]:
    alive = Coupon.expires_at > func.clock_timestamp()
    if tab == USABLE:
        return or_(Coupon.status == LOCKED, and_(Coupon.status == AVAILABLE, alive))
    if tab == EXPIRED:
        return and_(Coupon.status == AVAILABLE, ~alive)
    return Coupon.status.in_((USED, REDEEMED))


def coupon(session: Session, coupon_id: int, user_id: int) -> OwnedCoupon:
    """One of the shopper's coupons. Raises CouponNotFound, for another shopper's too."""
    row = session.execute(
        select(Coupon, CouponTemplate)
        .join(CouponTemplate, CouponTemplate.id == Coupon.template_id)
        .where(Coupon.id == coupon_id, Coupon.user_id == user_id)
    ).one_or_none()
    if row is None:
        raise CouponNotFound
    return OwnedCoupon(row[0], row[1])


def claimable(
    session: Session, user_id: int | None, *, before: int | None, limit: int
) -> list[Claimable]:
    """Public templates whose time it is, newest first; one more than `limit`."""
    now = func.clock_timestamp()
    query = (
        select(CouponTemplate, func.coalesce(CouponHolding.claimed, 0))
        .outerjoin(
            CouponHolding,
            and_(CouponHolding.template_id == CouponTemplate.id, CouponHolding.user_id == user_id),
        )
        .where(
            CouponTemplate.way == PUBLIC,
            CouponTemplate.enabled,
            or_(CouponTemplate.claim_from.is_(None), CouponTemplate.claim_from <= now),
            or_(CouponTemplate.claim_to.is_(None), CouponTemplate.claim_to > now),
            or_(CouponTemplate.valid_to.is_(None), CouponTemplate.valid_to > now),
        )
    )
    if before is not None:
        query = query.where(CouponTemplate.id < before)
    rows = session.execute(query.order_by(CouponTemplate.id.desc()).limit(limit + 1))
    return [Claimable(row[0], row[1]) for row in rows]


def templates(
    session: Session, *, way: str | None, before: int | None, limit: int
) -> Sequence[CouponTemplate]:
    """Every template, newest first; one more than `limit`."""
    query = select(CouponTemplate)
    if way is not None:
        query = query.where(CouponTemplate.way == way)
    if before is not None:
        query = query.where(CouponTemplate.id < before)
    return session.scalars(query.order_by(CouponTemplate.id.desc()).limit(limit + 1)).all()


def template(session: Session, template_id: int) -> CouponTemplate:
    """One template. Raises TemplateNotFound."""
    found = session.get(CouponTemplate, template_id)
    if found is None:
        raise TemplateNotFound
    return found


def batches(
    session: Session, template_id: int, *, before: int | None, limit: int
) -> Sequence[CouponBatch]:
    """A template's batches, newest first; one more than `limit`. Raises TemplateNotFound."""
    template(session, template_id)
    query = select(CouponBatch).where(CouponBatch.template_id == template_id)
    if before is not None:
        query = query.where(CouponBatch.id < before)
    return session.scalars(query.order_by(CouponBatch.id.desc()).limit(limit + 1)).all()


def code_rows(session: Session, batch_id: int) -> Iterator[tuple[str, ...]]:
    """The codes of a batch and whether each is redeemed. Raises BatchNotFound at once."""
    if session.get(CouponBatch, batch_id) is None:
        raise BatchNotFound
    rows = session.execute(
        select(CouponCode.code, CouponCode.redeemed_at)
        .where(CouponCode.batch_id == batch_id)
        .order_by(CouponCode.id)
    ).all()
    return ((row.code, "是" if row.redeemed_at else "否") for row in rows)
