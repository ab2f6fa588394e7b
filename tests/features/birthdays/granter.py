"""Treats as rewards, in amounts: {"kind": "birthday_treat", "count": 12}."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.rewards.errors import RewardUnknown
from mall.rewards.granters import Part, TakenBack
from tests.features.birthdays.models import BirthdayTreats

KIND = "birthday_treat"
FEN_EACH = 20
_TAKE = text(
    """
    WITH had AS (SELECT held FROM birthday_treats WHERE user_id = :user_id FOR UPDATE)
    UPDATE birthday_treats t SET held = t.held - least(had.held, :units),
           owed = t.owed + :units - least(had.held, :units)
    FROM had WHERE t.user_id = :user_id
    RETURNING least(had.held, :units) AS taken
    """
)


class TreatGranter:
    """Gives treats. Each shopper has a row of their own, so nobody waits for another."""

    kind = KIND

    def check(self, _session: Session, part: Part) -> None:
        if part.what:
            raise RewardUnknown(param="reward")

    def cost_fen(self, _session: Session, part: Part) -> int:
        return part.count * FEN_EACH

    def give(self, session: Session, user_id: int, part: Part) -> str:
        session.execute(
            insert(BirthdayTreats)
            .values(user_id=user_id, held=part.count)
            .on_conflict_do_update(
                index_elements=[BirthdayTreats.user_id],
                set_={"held": BirthdayTreats.held + part.count},
            )
        )
        return str(part.count)

    def take_back(self, session: Session, user_id: int, _receipt: str, units: int) -> TakenBack:
        """As many as are left; the rest is owed."""
        taken = session.scalars(_TAKE, {"user_id": user_id, "units": units}).one()
        return TakenBack(taken, units - taken)
