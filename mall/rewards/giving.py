"""Handing out the parts of a grant, and taking units of them back. What a granter says is
written down by part; the rest (states, budgets) is for `granting`, `confirming`, `reversing`."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Update, select, update
from sqlalchemy.orm import Session

from mall.kernel.prepared import PreparedStatement
from mall.rewards.granters import KnowsGrants, Part, TakenBack, granter_of
from mall.rewards.models import RewardPart

_PART = PreparedStatement(
    """
    INSERT INTO reward_parts (grant_id, position, kind, what, count, cost_fen, receipt)
    VALUES (:grant_id, :position, CAST(:kind AS text), CAST(:what AS text), :count, :cost_fen,
            CAST(:receipt AS text))
    """
)


def write_parts(
    session: Session,
    grant_id: int,
    reward: Sequence[Part],
    costs_fen: Sequence[int],
    receipts: Sequence[str | None],
) -> None:
    """Keep what a grant consists of; without receipts while it is pending."""
    for position, part in enumerate(reward):
        _PART.rows(
            session,
            grant_id=grant_id,
            position=position,
            kind=part.kind,
            what=part.what,
            count=part.count,
            cost_fen=costs_fen[position],
            receipt=receipts[position],
        )
        _tell(session, grant_id, part.kind, receipts[position])


def parts_of(session: Session, grant_id: int) -> Sequence[RewardPart]:
    """The parts of a grant that its transaction has locked, in their order, read afresh."""
    return session.scalars(
        select(RewardPart)
        .where(RewardPart.grant_id == grant_id)
        .order_by(RewardPart.position)
        .execution_options(populate_existing=True)
    ).all()


def give(session: Session, user_id: int, part: Part) -> str:
    """Give one part; its receipt. Raises what its granter refuses."""
    return granter_of(part.kind).give(session, user_id, part)


def give_promised(session: Session, user_id: int, part: RewardPart) -> None:
    """Give what is left of a promised part. Raises what its granter refuses."""
    left = part.count - part.taken_back
    if not left:
        return
    receipt = give(session, user_id, Part(part.kind, part.what, left))
    session.execute(_this(part).values(receipt=receipt))
    _tell(session, part.grant_id, part.kind, receipt)


def take_units(session: Session, user_id: int, part: RewardPart, units: int) -> TakenBack:
    """Take units of a part back. What was never given is simply not given any more."""
    if part.receipt is None:
        back = TakenBack(units, 0)
    else:
        back = granter_of(part.kind).take_back(session, user_id, part.receipt, units)
    if back.taken < 0 or back.debt < 0 or back.taken + back.debt != units:
        raise RuntimeError(f"{part.kind}: {units} units were due back, not {back}")
    session.execute(
        _this(part).values(
            taken_back=RewardPart.taken_back + back.taken, debt=RewardPart.debt + back.debt
        )
    )
    return back


def _tell(session: Session, grant_id: int, kind: str, receipt: str | None) -> None:
    granter = granter_of(kind)
    if receipt is not None and isinstance(granter, KnowsGrants):
        granter.belongs_to(session, receipt, grant_id)


def _this(part: RewardPart) -> Update:
    """Changes the row only: `part` keeps the figures that it was read with."""
    return (
        update(RewardPart)
        .where(RewardPart.grant_id == part.grant_id, RewardPart.position == part.position)
        .execution_options(synchronize_session=False)
    )
