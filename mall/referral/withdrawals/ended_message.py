"""The message that a withdrawal is over without money: the commission is available again."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.kernel.money import yuan
from mall.messages.kinds import Content, Kind, Purpose
from mall.referral.withdrawals.models import CANCELED, FAILED, REFUSED, Withdrawal
from mall.referral.withdrawals.settings import ENDED_TEMPLATE

ENDED_MESSAGE = "withdrawal_ended"
_RESULTS = {REFUSED: "未通过", CANCELED: "已取消", FAILED: "未到账"}
_NOTE_LENGTH = 20
_BACK = "佣金已退回，可重新提现"


def _write(session: Session, number: str, _user_id: int) -> Content | None:
    """How it ended, and why. WeChat's reason is a code: it is for staff."""
    found = session.scalars(select(Withdrawal).where(Withdrawal.number == number)).one_or_none()
    if found is None or found.status not in _RESULTS:
        return None
    result, amount = _RESULTS[found.status], f"{yuan(found.amount_fen)}元"
    why = {REFUSED: found.reason, CANCELED: found.cancel_reason}.get(found.status)
    note = why or _BACK
    values = {"result": result, "amount": amount, "note": note[:_NOTE_LENGTH]}
    detail = f"{why}。{_BACK}" if why else _BACK
    return Content(values, f"佣金提现{result}", f"佣金提现 {amount} {result}：{detail}。")


WITHDRAWAL_ENDED = Kind(ENDED_MESSAGE, Purpose.SERVICE, ENDED_TEMPLATE, _write)
