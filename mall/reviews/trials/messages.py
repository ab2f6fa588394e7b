"""Messages about trials: an invitation, a pick, a review that is due, an offer to the best."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.kernel.clock import SHOP_ZONE
from mall.messages.kinds import Content, Kind, Purpose
from mall.reviews.trials import settings

_TRIAL = text(
    """
    SELECT t.id AS trial_id, t.name, t.apply_until FROM trials t
    WHERE t.id = :id AND t.closed_at IS NULL AND t.apply_until > clock_timestamp()
      AND NOT EXISTS (
          SELECT FROM trial_applications a WHERE a.trial_id = t.id AND a.user_id = :user_id)
    """
)
_APPLICATION = text(
    """
    SELECT t.id AS trial_id, t.name, a.status, a.accept_by, a.due_at
    FROM trial_applications a JOIN trials t ON t.id = a.trial_id
    WHERE a.id = :id AND a.user_id = :user_id
    """
)
_OFFER = text("SELECT done FROM trial_promoter_offers WHERE user_id = :user_id")


def _write_invited(session: Session, ref: str, user_id: int) -> Content | None:
    """Nothing once it is over or the shopper has applied."""
    found = session.execute(_TRIAL, {"id": int(ref), "user_id": user_id}).one_or_none()
    if found is None:
        return None
    until = _clock(found.apply_until)
    note = "邀请您申请免费试用"
    body = f"邀请您申请「{found.name}」免费试用，{until} 截止。收到后请如实评价，好坏皆可。"
    return _content(found, until, note, "试用邀请", body)


def _write_picked(session: Session, ref: str, user_id: int) -> Content | None:
    found = _application(session, ref, user_id)
    if found is None or found.status != "picked":
        return None
    until = _clock(found.accept_by)
    note = "申请已通过，请选择收货地址领取"
    body = f"您申请的「{found.name}」试用已通过，请在 {until} 前选择收货地址领取。"
    return _content(found, until, note, "试用申请通过", body)


def _write_due(session: Session, ref: str, user_id: int) -> Content | None:
    """Nothing once the review is there."""
    found = _application(session, ref, user_id)
    if found is None or found.status != "accepted" or found.due_at is None:
        return None
    until = _clock(found.due_at)
    body = f"您的「{found.name}」试用评价请在 {until} 前提交，请如实评价，好坏皆可。"
    return _content(found, until, "请按时提交试用评价", "试用评价即将到期", body)


def _write_offered(session: Session, ref: str, user_id: int) -> Content | None:
    """The page that is opened is the promoters' application, by the template's setting."""
    done = session.scalar(_OFFER, {"user_id": user_id})
    if done is None:
        return None
    values = {"title": "邀请您成为推广员", "note": f"您已完成 {done} 次试用"}
    body = f"您已完成 {done} 次试用，邀请您免费申请成为推广员，分享商品获得佣金。"
    return Content(values, "邀请您成为推广员", body)


def _application(session: Session, ref: str, user_id: int) -> Any | None:
    return session.execute(_APPLICATION, {"id": int(ref), "user_id": user_id}).one_or_none()


def _content(found: Any, until: str, note: str, title: str, body: str) -> Content:
    values = {"trial": found.name, "until": until, "note": note}
    return Content(values, title, body, {"trial_id": found.trial_id})


def _clock(moment: datetime) -> str:
    return moment.astimezone(SHOP_ZONE).strftime("%Y-%m-%d %H:%M")


# Nobody asked for an invitation or an offer: both have the day's cap and the opt-out.
TRIAL_INVITED = Kind(
    "trial_invited", Purpose.MARKETING, settings.INVITED_TEMPLATE, _write_invited, priority=50
)
TRIAL_PICKED = Kind("trial_picked", Purpose.SERVICE, settings.PICKED_TEMPLATE, _write_picked)
TRIAL_DUE = Kind("trial_due", Purpose.SERVICE, settings.DUE_TEMPLATE, _write_due)
TRIAL_OFFERED = Kind(
    "trial_promoter_offer", Purpose.MARKETING, settings.OFFERED_TEMPLATE, _write_offered
)
KINDS = (TRIAL_INVITED, TRIAL_PICKED, TRIAL_DUE, TRIAL_OFFERED)
