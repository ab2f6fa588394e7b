"""Cash as a reward: {"kind": "cash", "count": 500} is five yuan."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from sqlalchemy.orm import Session

from mall.payouts.debts import lock_account
from mall.payouts.limits import LEAST_FEN
from mall.payouts.locking import lock_payouts
from mall.payouts.owing import Owed, owe, take_back
from mall.payouts.rewards_kind import REWARD
from mall.payouts.settings import SINGLE_MAX_FEN
from mall.rewards.errors import RewardUnknown
from mall.rewards.granters import Locks, Part, TakenBack

TITLE = "活动现金奖励"


class CashGranter:
    """Gives money that the shopper asks for in the mini-program.

    What is taken back before it was paid isn't paid; after that it is a debt, which the next
    cash pays first.
    """

    kind = "cash"
    locks = Locks.MONEY

    def check(self, _session: Session, part: Part) -> None:
        """WeChat transfers at least 0.10 yuan, and no more than its limit at a time."""
        if part.what or not LEAST_FEN <= part.count <= SINGLE_MAX_FEN.get():
            raise RewardUnknown(param="reward")

    def cost_fen(self, _session: Session, part: Part) -> int:
        return part.count

    def give(self, session: Session, user_id: int, part: Part) -> str:
        """The receipt is the payout's id. The rewards see to it that this comes once."""
        owed = Owed(REWARD, secrets.token_hex(16), part.count, TITLE)
        return str(owe(session, user_id, owed))

    def lock_to_give(self, session: Session, given: Sequence[tuple[int, Part]]) -> None:
        """The shoppers' payout accounts."""
        for user_id in sorted({user_id for user_id, _ in given}):
            lock_account(session, user_id)

    def lock_to_take(self, session: Session, receipts: Sequence[str]) -> None:
        """The payouts, then the shoppers' payout accounts."""
        for user_id in sorted(lock_payouts(session, [int(receipt) for receipt in receipts])):
            lock_account(session, user_id)

    def take_back(self, session: Session, _user_id: int, receipt: str, units: int) -> TakenBack:
        back = take_back(session, int(receipt), units)
        return TakenBack(back.taken_fen, back.debt_fen)
