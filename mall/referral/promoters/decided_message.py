"""The message of what staff, or growth, decided about a promoter."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.messages.kinds import Content, Kind, Purpose
from mall.referral.promoters.changing import DECIDED_MESSAGE
from mall.referral.promoters.models import (
    ACTIVE,
    BLOCKED,
    ENDED,
    REFUSED,
    PromoterChange,
    PromoterLevel,
)
from mall.referral.promoters.settings import DECIDED_TEMPLATE

_RESULTS = {ACTIVE: "已通过", REFUSED: "未通过", BLOCKED: "已停用", ENDED: "已终止"}
_NOTE_LENGTH = 20


def _write(session: Session, ref: str, _user_id: int) -> Content | None:
    """What one change said. A change of the level says the level."""
    row = session.execute(
        select(PromoterChange, PromoterLevel.name)
        .join(PromoterLevel, PromoterLevel.id == PromoterChange.new_level_id)
        .where(PromoterChange.id == int(ref))
    ).one_or_none()
    if row is None:
        return None
    change, level = row
    result = _RESULTS.get(change.new_status, "已更新")
    if change.old_status == change.new_status:
        result = "等级变更"
    note = change.reason or "请打开小程序查看"
    values = {"result": result, "level": level, "note": note[:_NOTE_LENGTH]}
    return Content(values, f"推广员{result}", f"推广员{result}，当前等级：{level}。{note}")


PROMOTER_DECIDED = Kind(DECIDED_MESSAGE, Purpose.SERVICE, DECIDED_TEMPLATE, _write)
