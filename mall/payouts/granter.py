"""Cash as a reward: {"kind": "cash", "count": 500} is five yuan."""

from __future__ import annotations

import secrets

from sqlalchemy.orm import Session

from mall.payouts.limits import LEAST_FEN
from mall.payouts.owing import Owed, owe, take_back
from mall.payouts.rewards_kind import REWARD
from mall.payouts.settings import SINGLE_MAX_FEN
from mall.rewards.errors import RewardUnknown
from mall.rewards.granters import Part, TakenBack

TITLE = "活动现金奖励"


class CashGranter:
    """Gives money that the shopper asks for in the mini-program.

    What is taken back before it was paid isn't paid; after that it is a debt, which the next
    cash pays first.
    """

    kind = "cash"

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

    def take_back(self, session: Session, _user_id: int, receipt: str, units: int) -> TakenBack:
        back = take_back(session, int(receipt), units)
        return TakenBack(back.taken_fen, back.debt_fen)
