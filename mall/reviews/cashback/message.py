"""The message that a show has its likes, or was refused. That the money waits says the payout."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.messages.kinds import Content, Kind, Purpose
from mall.pricing.benefits import plain_yuan
from mall.reviews.cashback.models import REACHED, REFUSED
from mall.reviews.cashback.settings import TEMPLATE

_READ = text(
    """
    SELECT s.id, s.amount_fen, s.reason, c.name AS campaign
    FROM cashback_shows s JOIN cashback_campaigns c ON c.id = s.campaign_id
    WHERE s.id = :show_id AND s.user_id = :user_id AND s.status = :status
    """
)
_NOTES = {REACHED: "点赞已满，核实后发放", REFUSED: "未通过核实，不予发放"}


def _write(session: Session, ref: str, user_id: int) -> Content | None:
    """Nothing once the show is in another state."""
    show_id, _, status = ref.partition(":")
    asked = {"show_id": int(show_id), "user_id": user_id, "status": status}
    row: Any = session.execute(_READ, asked).one_or_none()
    if row is None:
        return None
    amount, note = f"{plain_yuan(row.amount_fen)}元", _NOTES[status]
    why = f"（{row.reason}）" if row.reason else ""
    return Content(
        {"campaign": row.campaign, "amount": amount, "note": note},
        "晒单返现",
        f"{row.campaign}：{note}{why}，金额 {amount}。",
        {"show_id": row.id},
    )


CASHBACK = Kind("cashback_show", Purpose.SERVICE, TEMPLATE, _write)
