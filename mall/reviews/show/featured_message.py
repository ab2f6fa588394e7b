"""The message that a review was featured, and which coupon its writer got for that."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.messages.kinds import Content, Kind, Purpose
from mall.reviews.show.settings import FEATURED_TEMPLATE

_FEATURED = text(
    """
    SELECT e.id AS entry_id, s.name AS product, t.name AS coupon
    FROM show_entries e
    JOIN reviews r ON r.id = e.review_id AND r.user_id = :user_id
    JOIN spus s ON s.id = r.spu_id
    LEFT JOIN coupons c ON c.id = e.coupon_id AND c.revoked_at IS NULL
    LEFT JOIN coupon_templates t ON t.id = c.template_id
    WHERE e.id = :entry_id AND e.ended_at IS NULL
    """
)


def _write(session: Session, ref: str, user_id: int) -> Content | None:
    """Nothing once it is out of the show."""
    row: Any = session.execute(_FEATURED, {"entry_id": int(ref), "user_id": user_id}).one_or_none()
    if row is None:
        return None
    note = "您的评价已入选买家秀"
    gift = f"，送您专属优惠券「{row.coupon}」" if row.coupon else ""
    values = {"product": row.product, "note": note}
    body = f"{row.product}：{note}{gift}。"
    return Content(values, "评价入选买家秀", body, {"entry_id": row.entry_id})


FEATURED = Kind("review_featured", Purpose.SERVICE, FEATURED_TEMPLATE, _write)
