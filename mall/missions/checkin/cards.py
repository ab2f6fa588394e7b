"""Make-up cards: given as rewards ({"kind": "makeup_card", "count": 2}), one used a make-up.

Whoever changes a shopper's cards holds their row until the commit, so it comes last: after the
shopper's state and the points account. A reward may give points beside cards, in any order, so
giving and taking back lock the account first.
"""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.missions.checkin.errors import MakeUpNoCard
from mall.missions.checkin.models import MakeUpCards
from mall.points.ledger import accounts
from mall.rewards.errors import RewardUnknown
from mall.rewards.granters import Part, TakenBack

KIND = "makeup_card"
MAX_COUNT = 31
_LEFT = MakeUpCards.given - MakeUpCards.taken_back - MakeUpCards.used


def left(session: Session, user_id: int) -> int:
    """Cards that a shopper may use."""
    return session.scalar(select(_LEFT).where(MakeUpCards.user_id == user_id)) or 0


def use(session: Session, user_id: int) -> None:
    """Use one card. Raises MakeUpNoCard."""
    used = session.scalar(
        update(MakeUpCards)
        .where(MakeUpCards.user_id == user_id, _LEFT > 0)
        .values(used=MakeUpCards.used + 1)
        .returning(MakeUpCards.user_id),
        execution_options={"synchronize_session": False},
    )
    if used is None:
        raise MakeUpNoCard


def add(session: Session, user_id: int, count: int) -> None:
    """Give cards. The shopper's points account is locked."""
    row = insert(MakeUpCards).values(user_id=user_id, given=count)
    session.execute(
        row.on_conflict_do_update(
            index_elements=["user_id"], set_={"given": MakeUpCards.given + row.excluded.given}
        )
    )


class MakeUpCardGranter:
    """Gives make-up cards."""

    kind = KIND

    def check(self, session: Session, part: Part) -> None:
        if part.what or part.count > MAX_COUNT:
            raise RewardUnknown(param="reward")

    def cost_fen(self, session: Session, part: Part) -> int | None:
        """Nothing: what a make-up gives is counted by the rules of the check-in."""
        return 0

    def give(self, session: Session, user_id: int, part: Part) -> str:
        """The receipt is the number of cards."""
        accounts.lock(session, user_id)
        add(session, user_id, part.count)
        return str(part.count)

    def take_back(self, session: Session, user_id: int, receipt: str, units: int) -> TakenBack:
        """Cards that are left come back; those that were used are owed."""
        accounts.lock(session, user_id)
        held = session.scalar(select(_LEFT).where(MakeUpCards.user_id == user_id).with_for_update())
        taken = min(units, held or 0)
        if taken:
            session.execute(
                update(MakeUpCards)
                .where(MakeUpCards.user_id == user_id)
                .values(taken_back=MakeUpCards.taken_back + taken)
                .execution_options(synchronize_session=False)
            )
        return TakenBack(taken, units - taken)
