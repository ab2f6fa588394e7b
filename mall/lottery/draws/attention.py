"""What of lotteries needs somebody."""

from __future__ import annotations

from sqlalchemy import select

from mall.kernel.invariants import AttentionList
from mall.lottery.models import LotteryWin
from mall.users.models import User

REFUSED_PRIZES = AttentionList(
    "refused_prizes",
    "prizes of lotteries that were won and could not be given",
    "抽奖中奖但未能发出的奖品",
    select(LotteryWin.lottery_id, LotteryWin.number, LotteryWin.refusal, LotteryWin.created_at)
    .join(User, User.id == LotteryWin.user_id)
    .where(LotteryWin.refusal.is_not(None), User.closed_at.is_(None))
    .order_by(LotteryWin.lottery_id, LotteryWin.number),
)
