"""The message that money waits: WeChat itself tells its receiver nothing."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.kernel.money import yuan
from mall.messages.kinds import Content, Kind, Purpose
from mall.payouts.kinds import PAYOUT_KINDS
from mall.payouts.models import Payout
from mall.payouts.owing import READY_MESSAGE
from mall.payouts.settings import READY_TEMPLATE

NOTE = "请打开小程序领取，确认后到账零钱"


def _write(session: Session, payout_no: str, _user_id: int) -> Content | None:
    """Nothing of what was asked for, paid or taken back since, nor where the merchant has no scene:
    staff pay by hand then."""
    payout = session.scalars(
        select(Payout)
        .where(Payout.payout_no == payout_no, Payout.status == "ready")
        .execution_options(populate_existing=True)
    ).one_or_none()
    if payout is None or PAYOUT_KINDS[payout.kind].scene() is None:
        return None
    amount = f"{yuan(payout.payable_fen)}元"
    values = {"title": payout.title, "amount": amount, "note": NOTE}
    return Content(values, "有一笔款项待领取", f"{payout.title} {amount}，{NOTE}。")


PAYOUT_READY = Kind(READY_MESSAGE, Purpose.SERVICE, READY_TEMPLATE, _write)
