"""Messages about prizes: one waits for an address, and its time is over soon."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.kernel.clock import SHOP_ZONE
from mall.messages.kinds import Content, Kind, Purpose
from mall.messages.sending import send_soon
from mall.prizes.events import PrizeWaiting
from mall.prizes.settings import DUE_TEMPLATE, WAITING_TEMPLATE

_CLAIM = text(
    """
    SELECT c.id, c.user_id, c.claim_by, s.name FROM prize_claims c
    JOIN skus k ON k.id = c.sku_id JOIN spus s ON s.id = k.spu_id
    WHERE c.id = :claim_id AND c.user_id = :user_id AND c.state = 'waiting_address'
    """
)


def send_message_on_prize_waiting(session: Session, event: PrizeWaiting) -> None:
    """Tell the shopper where to say the address, once a deadline."""
    found = _claim(session, event.claim_id, event.user_id)
    if found is not None:
        ref, until = ref_of(found), found.claim_by
        send_soon(session, PRIZE_WAITING.name, ref, event.user_id, good_until=until)


def ref_of(claim: Any) -> str:
    """What a message of a claim is about: another deadline is another message."""
    return f"{claim.id}:{int(claim.claim_by.timestamp())}"


def _write_waiting(session: Session, ref: str, user_id: int) -> Content | None:
    return _content(session, ref, user_id, "奖品待领取", "请填写收货地址领取奖品")


def _write_due(session: Session, ref: str, user_id: int) -> Content | None:
    return _content(session, ref, user_id, "奖品即将过期", "逾期未领取的奖品将失效")


def _content(session: Session, ref: str, user_id: int, title: str, note: str) -> Content | None:
    """Nothing once the prize is claimed or gone."""
    claim = _claim(session, int(ref.partition(":")[0]), user_id)
    if claim is None:
        return None
    until = claim.claim_by.astimezone(SHOP_ZONE).strftime("%Y-%m-%d %H:%M")
    body = f"您的奖品「{claim.name}」请在 {until} 前填写收货地址领取，逾期失效。"
    values = {"prize": claim.name, "until": until, "note": note}
    return Content(values, title, body, {"prize_id": claim.id})


def _claim(session: Session, claim_id: int, user_id: int) -> Any | None:
    values = {"claim_id": claim_id, "user_id": user_id}
    return session.execute(_CLAIM, values).one_or_none()


PRIZE_WAITING = Kind("prize_waiting", Purpose.SERVICE, WAITING_TEMPLATE, _write_waiting)
PRIZE_DUE = Kind("prize_due", Purpose.SERVICE, DUE_TEMPLATE, _write_due)
KINDS = (PRIZE_WAITING, PRIZE_DUE)
