"""Taking back: all of a grant or a share of it, when its ground is gone or partly gone.

A share is of all that was granted, and it says what is back *in all*: after refunds of a third
and of another third a caller asks for 1/3, then for 2/3. So a repeat takes nothing more, an
old event that comes late takes nothing, and several steps add up to the unit. Units round down;
the whole (1) is the whole.

Lock order: the ground, the grants by id, the rules that may get something of their budget back,
then what the granters lock: first what comes before the shoppers' accounts (`locking.py`), then
shopper by shopper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from mall.rewards import budget, history, metrics
from mall.rewards.errors import RewardGrantNotFound
from mall.rewards.giving import parts_of, take_units
from mall.rewards.granters import TakenBack
from mall.rewards.grounds import lock_ground
from mall.rewards.locking import lock_to_take
from mall.rewards.models import FEN, RewardGrant, RewardPart, RewardRule
from mall.rewards.states import CANCELED, OPEN, PENDING, REVERSED

WHOLE = Fraction(1)


@dataclass(frozen=True, slots=True)
class PartBack:
    """What came back of one part in this step: units taken, units owed."""

    kind: str
    what: str
    taken: int
    debt: int


@dataclass(frozen=True, slots=True)
class Reversal:
    """What came back of one grant in this step."""

    grant_id: int
    user_id: int
    parts: tuple[PartBack, ...]


def reverse(
    session: Session, grant_id: int, *, cause: str, share: Fraction = WHOLE
) -> Reversal | None:
    """See that `share` of a grant is back; None when it was. Raises RewardGrantNotFound."""
    done = _reverse(session, RewardGrant.id == grant_id, cause, share)
    known = select(RewardGrant.id).where(RewardGrant.id == grant_id)
    if not done and session.scalar(known) is None:
        raise RewardGrantNotFound
    return done[0] if done else None


def reverse_for(
    session: Session, ground: str, *, cause: str, share: Fraction = WHOLE
) -> list[Reversal]:
    """See that `share` of every grant on a ground is back; what came back in this step.

    A pending grant is cancelled, or promises so much less. Of what was given, each unit is
    taken back or owed exactly once, however often this is called. `cause` ("refund:R2026…")
    stands in the history.
    """
    lock_ground(session, ground)
    return _reverse(session, RewardGrant.ground == ground, cause, share)


def cancel_promises(session: Session, user_id: int, *, cause: str) -> list[Reversal]:
    """Cancel what a shopper was promised and hasn't got. What was given stays."""
    waiting = and_(RewardGrant.user_id == user_id, RewardGrant.status == PENDING)
    return _reverse(session, waiting, cause, WHOLE)


def _reverse(
    session: Session, which: ColumnElement[bool], cause: str, share: Fraction
) -> list[Reversal]:
    if not 0 <= share <= 1:
        raise ValueError(f"a share from 0 to 1, not {share}")
    grants = session.execute(
        select(
            RewardGrant.id,
            RewardGrant.user_id,
            RewardGrant.rule_id,
            RewardGrant.status,
            RewardGrant.budget_used,
            RewardRule.budget_unit,
            or_(RewardRule.budget_returns, RewardGrant.status == PENDING).label("returns"),
        )
        .join(RewardRule, RewardRule.id == RewardGrant.rule_id)
        .where(which, RewardGrant.status.in_(OPEN))
        .order_by(RewardGrant.id)
        .with_for_update(of=RewardGrant)
    ).all()
    budget.lock(session, (row.rule_id for row in grants if row.returns and row.budget_used))
    lock_to_take(session, [row.id for row in grants])
    done = [
        _take_back(session, row, cause, share)
        for row in sorted(grants, key=lambda row: (row.user_id, row.id))
    ]
    return [one for one in done if one is not None]


def _take_back(session: Session, grant: Any, cause: str, share: Fraction) -> Reversal | None:
    parts = parts_of(session, grant.id)
    due = [floor(part.count * share) - part.taken_back - part.debt for part in parts]
    if share < WHOLE and all(units <= 0 for units in due):
        return None
    back = [
        take_units(session, grant.user_id, part, units) if units > 0 else TakenBack(0, 0)
        for part, units in zip(parts, due, strict=True)
    ]
    ending = CANCELED if grant.status == PENDING else REVERSED
    history.move(
        session,
        grant.id,
        (grant.status, ending if share == WHOLE else grant.status),
        cause,
        [
            {"position": part.position, "taken_back": one.taken, "debt": one.debt}
            for part, one in zip(parts, back, strict=True)
            if one.taken or one.debt
        ],
    )
    if grant.returns and grant.budget_used:
        _return_budget(session, grant, parts, back)
    return _reversal(grant, parts, back)


def _return_budget(
    session: Session, grant: Any, parts: Sequence[RewardPart], back: Sequence[TakenBack]
) -> None:
    """What the shop has again may be given again; what is owed may not."""
    pairs = list(zip(parts, back, strict=True))
    if grant.budget_unit == FEN:
        returned = sum(
            _cost(part, part.taken_back + one.taken) - _cost(part, part.taken_back)
            for part, one in pairs
        )
    else:
        all_back = all(part.taken_back + one.taken == part.count for part, one in pairs)
        returned = grant.budget_used if all_back else 0
    session.execute(
        update(RewardGrant)
        .where(RewardGrant.id == grant.id)
        .values(budget_used=RewardGrant.budget_used - returned)
    )
    budget.give_back(session, grant.rule_id, returned)


def _cost(part: RewardPart, units: int) -> int:
    """What so many units of a part cost, in fen; the costs of all steps add up to the whole."""
    return part.cost_fen * units // part.count


def _reversal(grant: Any, parts: Sequence[RewardPart], back: Sequence[TakenBack]) -> Reversal:
    came = [
        PartBack(part.kind, part.what, one.taken, one.debt)
        for part, one in zip(parts, back, strict=True)
        if one.taken or one.debt
    ]
    for one in came:
        metrics.TAKEN_BACK.labels(one.kind, "taken").inc(one.taken)
        metrics.TAKEN_BACK.labels(one.kind, "debt").inc(one.debt)
    return Reversal(grant.id, grant.user_id, tuple(came))
