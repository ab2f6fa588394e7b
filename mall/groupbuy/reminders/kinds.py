"""The messages to members of teams: what each says, read when it is sent.

They name no other shopper, and ask nobody to share: WeChat forbids messages that do.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.groupbuy.reminders import settings
from mall.groupbuy.settlement.difference import member_difference_fen
from mall.groupbuy.teams.states import FAILED, FORMED, FORMING, SETTLED
from mall.kernel.clock import SHOP_ZONE
from mall.kernel.money import yuan
from mall.messages.kinds import Content, Kind, Purpose

_SEAT = text(
    """
    SELECT t.code, t.status, t.verdict, t.leader_id, t.min_size, t.missing, t.paid, t.tier_size,
        t.expires_at, t.formed_at, t.expires_at > clock_timestamp() AS is_running,
        m.id AS member_id, o.paid_fen, p.name AS goods
    FROM groupbuy_teams t
    JOIN groupbuy_members m ON m.team_id = t.id AND m.user_id = :user_id AND m.seat
        AND m.paid_at IS NOT NULL
    JOIN orders o ON o.id = m.order_id
    JOIN groupbuy_activities a ON a.id = t.activity_id JOIN spus p ON p.id = a.spu_id
    WHERE t.id = :team_id
    """
)


def _seat(session: Session, ref: str, user_id: int) -> Any | None:
    """A shopper's paid seat and its team; `ref` begins with the team's id."""
    values = {"team_id": int(ref.partition(":")[0]), "user_id": user_id}
    return session.execute(_SEAT, values).one_or_none()


def _is_open(seat: Any) -> bool:
    """Whether others may still complete the team."""
    return seat.status == FORMING and seat.verdict is None and seat.is_running and seat.missing > 0


def _write_ending(session: Session, ref: str, user_id: int) -> Content | None:
    """Nothing once the team is complete or over."""
    seat = _seat(session, ref, user_id)
    if seat is None or not _is_open(seat):
        return None
    ends = _clock(seat.expires_at)
    values = {
        "goods": seat.goods,
        "missing": str(seat.missing),
        "ends_at": ends,
        "note": f"还差 {seat.missing} 人成团，未成团将全额退款",
    }
    body = f"您参与的「{seat.goods}」拼团还差 {seat.missing} 人，{ends} 到期，未成团将全额退款。"
    return _content(seat, values, "拼团即将到期", body)


def _write_formed(session: Session, ref: str, user_id: int) -> Content | None:
    seat = _seat(session, ref, user_id)
    if seat is None or seat.status not in (FORMED, SETTLED):
        return None
    values = {
        "goods": seat.goods,
        "size": str(seat.min_size),
        "formed_at": _clock(seat.formed_at),
        "note": "拼团成功，商家将尽快发货",
    }
    return _content(seat, values, "拼团成功", f"您参与的「{seat.goods}」已成团，商家将尽快发货。")


def _write_failed(session: Session, ref: str, user_id: int) -> Content | None:
    seat = _seat(session, ref, user_id)
    if seat is None or seat.status != FAILED:
        return None
    paid = f"{yuan(seat.paid_fen)}元"
    values = {"goods": seat.goods, "refund": paid, "note": "拼团未成功，款项原路退回"}
    body = f"您参与的「{seat.goods}」拼团未成功，已付的 {paid}将原路全额退回。"
    return _content(seat, values, "拼团未成功", body)


def _write_difference(session: Session, ref: str, user_id: int) -> Content | None:
    """Nothing for who paid no more than the tier's price."""
    seat = _seat(session, ref, user_id)
    if seat is None or seat.status != SETTLED:
        return None
    amount_fen = member_difference_fen(session, seat.member_id)
    if not amount_fen:
        return None
    amount = f"{yuan(amount_fen)}元"
    values = {
        "goods": seat.goods,
        "size": str(seat.tier_size),
        "amount": amount,
        "note": f"达到 {seat.tier_size} 人价，差价原路退回",
    }
    body = f"您参与的「{seat.goods}」达到 {seat.tier_size} 人价，差价 {amount}将原路退回。"
    return _content(seat, values, "拼团差价退还", body)


def _write_joined(session: Session, ref: str, user_id: int) -> Content | None:
    """Nothing once the team is complete, or for who leads it no longer."""
    seat = _seat(session, ref, user_id)
    if seat is None or not _is_open(seat) or seat.leader_id != user_id:
        return None
    ends = _clock(seat.expires_at)
    values = {
        "goods": seat.goods,
        "members": str(seat.paid),
        "missing": str(seat.missing),
        "ends_at": ends,
        "note": "有新成员加入您的拼团",
    }
    body = (
        f"您的「{seat.goods}」拼团有新成员加入，已有 {seat.paid} 人，还差 {seat.missing} 人，"
        f"{ends} 到期。"
    )
    return _content(seat, values, "有新成员加入拼团", body)


def _content(seat: Any, values: dict[str, str], title: str, body: str) -> Content:
    return Content(values, title, body, {"team_code": seat.code})


def _clock(moment: datetime) -> str:
    return moment.astimezone(SHOP_ZONE).strftime("%Y-%m-%d %H:%M")


# Service, not marketing: the member has paid for a seat and learns, once, that the order will be
# called off unless the team is completed; by the next morning that is of no use.
ENDING = Kind("group_ending", Purpose.SERVICE, settings.ENDING_TEMPLATE, _write_ending, priority=50)
# What becomes of the member's own order and money.
FORMED_NEWS = Kind("group_formed", Purpose.ORDER, settings.FORMED_TEMPLATE, _write_formed)
FAILED_NEWS = Kind("group_failed", Purpose.ORDER, settings.FAILED_TEMPLATE, _write_failed)
DIFFERENCE = Kind(
    "group_difference", Purpose.ORDER, settings.DIFFERENCE_TEMPLATE, _write_difference
)
# Marketing: it pleases a leader to see the team grow, nobody asked for it, and nothing has to be
# done about it. So it has the day's cap, quiet hours and the opt-out.
JOINED = Kind(
    "group_joined", Purpose.MARKETING, settings.JOINED_TEMPLATE, _write_joined, priority=50
)
KINDS = (ENDING, FORMED_NEWS, FAILED_NEWS, DIFFERENCE, JOINED)
