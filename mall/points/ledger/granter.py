"""Points as rewards: {"kind": "points", "count": 120}."""

from __future__ import annotations

import secrets

from sqlalchemy.orm import Session

from mall.kernel.db import db_now
from mall.kernel.ledger import Reason
from mall.points.ledger.kinds import REWARD
from mall.points.ledger.posting import post, take_back
from mall.points.ledger.validity import valid_until
from mall.points.settings import PER_YUAN
from mall.rewards.errors import RewardUnknown
from mall.rewards.granters import Part, TakenBack


class PointsGranter:
    """Gives points; what is taken back comes from their lot, and is a debt where too few are."""

    kind = "points"

    def check(self, _session: Session, part: Part) -> None:
        if part.what:
            raise RewardUnknown(param="reward")

    def cost_fen(self, _session: Session, part: Part) -> int:
        """What they are worth by `points.per_yuan`, rounded up."""
        return -(-part.count * 100 // PER_YUAN.get())

    def give(self, session: Session, user_id: int, part: Part) -> str:
        """The receipt is the entry's id. The rewards see to it that this comes once."""
        reason = Reason(REWARD, secrets.token_hex(16))
        until = valid_until(db_now(session))
        return str(post(session, user_id, reason, part.count, expires_at=until).entry_id)

    def take_back(self, session: Session, _user_id: int, receipt: str, units: int) -> TakenBack:
        back = take_back(session, int(receipt), units)
        return TakenBack(back.taken, back.debt)
