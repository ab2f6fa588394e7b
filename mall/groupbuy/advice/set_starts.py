"""Which tier set an activity offers first to leaders of which circle, kept for the pages.

Asked each hour for activities that pick a set; what was fitted stands for a day. Prices are
never touched: only from which circle on a set is the one that is offered first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, text
from sqlalchemy.orm import Session

from mall.groupbuy.activities.models import CHOSEN, GroupActivity, GroupTierSet
from mall.groupbuy.activities.tiers import Tiers, tiers_of
from mall.groupbuy.advice.advising import gather_enough
from mall.groupbuy.advice.gathering import Gathered, units_by_sku
from mall.groupbuy.advice.model.fitting import learn, missing
from mall.groupbuy.advice.model.picking import SetStart, pick_starts
from mall.groupbuy.advice.model.terms import Costs, Good, Schedule
from mall.groupbuy.advice.showing import scope_of
from mall.groupbuy.advice.wanted import goods_of
from mall.groupbuy.circles.models import GroupSetStart
from mall.groupbuy.errors import GroupActivityNotFound
from mall.kernel.db import transaction
from mall.kernel.jobs import SWEEP, defer_many, job

FIT = "groupbuy.fit_set_starts"
FEE_BP = 60
"""What WeChat Pay usually takes of a payment."""
_DUE = text(
    """
    SELECT a.id FROM groupbuy_activities a
    WHERE a.status = 'started' AND a.picks_set AND NOT EXISTS (
        SELECT 1 FROM groupbuy_tier_sets t JOIN groupbuy_set_starts s ON s.tier_set_id = t.id
        WHERE t.activity_id = a.id AND s.fitted_at > clock_timestamp() - interval '23 hours'
    ) ORDER BY a.id
    """
)


@dataclass(frozen=True, slots=True)
class _Fit:
    sets: Mapping[int, Schedule]
    costs: Costs
    gathered: Gathered
    open_h: float


@job("groupbuy.fit_due_set_starts", retry=SWEEP, cron="25 * * * *")
def fit_due_set_starts() -> None:
    """Fit each activity that picks a set and wasn't fitted in the last day: a job each, so that
    one that fails keeps no other waiting."""
    with transaction() as session:
        due = session.scalars(_DUE).all()
        defer_many(session, FIT, [{"activity_id": activity_id} for activity_id in due])


@job(FIT, retry=SWEEP)
def fit_one(*, activity_id: int) -> None:
    """Fit an activity."""
    fit_set_starts(activity_id)


def fit_set_starts(activity_id: int) -> list[SetStart]:
    """Fit where an activity's sets start, and keep it. Without enough to rest on, or a cost that
    isn't known, nothing is kept and the first set is offered to all. Raises
    GroupActivityNotFound."""
    with transaction() as session:
        fit = _read(session, activity_id)
    starts: list[SetStart] = []
    if fit is not None:
        learned = learn(fit.gathered.history)
        exposure = learned.arrivals.usual_exposure(fit.open_h)
        starts = pick_starts(learned.fitted, exposure, fit.sets, fit.costs)
    with transaction() as session:
        _keep(session, activity_id, [_row(start, fit) for start in starts if fit is not None])
    return starts


def _keep(session: Session, activity_id: int, rows: list[dict[str, Any]]) -> None:
    sets = select(GroupTierSet.id).where(GroupTierSet.activity_id == activity_id)
    session.execute(delete(GroupSetStart).where(GroupSetStart.tier_set_id.in_(sets)))
    if rows:
        session.execute(insert(GroupSetStart), rows)


def _row(start: SetStart, fit: _Fit) -> dict[str, Any]:
    history = fit.gathered.history
    basis = {
        "scope": scope_of(fit.gathered),
        "teams": len(history.teams),
        "visits": history.visits,
        "formed_bp": round(start.formed * 10_000),
        "profit_fen": round(start.profit_fen),
    }
    return {"tier_set_id": start.set_id, "min_circle": start.min_circle, "basis": basis}


def _read(session: Session, activity_id: int) -> _Fit | None:
    """What the fit needs; None when there is too little of it."""
    activity = session.get(GroupActivity, activity_id)
    if activity is None:
        raise GroupActivityNotFound
    sets = _sets(session, activity_id)
    sku_ids = sorted({int(sku) for one in sets for sku in one.prices})
    goods = goods_of(session, activity.spu_id, sku_ids)
    if goods.costs_known < len(goods.sku_ids):
        return None
    gathered = gather_enough(session, activity.spu_id)
    if missing(gathered.history):
        return None
    mixed = goods.mixed(units_by_sku(session, activity.spu_id, gathered.since))
    schedules = {
        one.id: _schedule(tiers_of(one.sizes, one.prices), activity.mode, mixed) for one in sets
    }
    return _Fit(schedules, Costs(mixed, FEE_BP), gathered, activity.team_open_min / 60)


def _sets(session: Session, activity_id: int) -> Sequence[GroupTierSet]:
    of_activity = GroupTierSet.activity_id == activity_id
    return session.scalars(select(GroupTierSet).where(of_activity)).all()


def _schedule(tiers: Tiers, mode: str, goods: Sequence[Good]) -> Schedule:
    """Tiers as reductions of today's prices, in the mean of the goods. Where a leader chooses a
    tier, a set counts by its first."""
    sizes = tiers.sizes[:1] if mode == CHOSEN else tiers.sizes
    return Schedule(
        sizes,
        tuple(
            round(
                sum(
                    good.part * (1 - tiers.prices[good.sku_id][place] / good.price_fen)
                    for good in goods
                )
                * 10_000
            )
            for place in range(len(sizes))
        ),
    )


def set_starts(session: Session, activity_id: int) -> list[dict[str, Any]]:
    """What was fitted for an activity, the smallest circle first, with what it rests on. Raises
    GroupActivityNotFound."""
    if session.get(GroupActivity, activity_id) is None:
        raise GroupActivityNotFound
    rows = session.execute(
        select(GroupSetStart, GroupTierSet.name, GroupTierSet.sizes)
        .join(GroupTierSet, GroupTierSet.id == GroupSetStart.tier_set_id)
        .where(GroupTierSet.activity_id == activity_id)
        .order_by(GroupSetStart.min_circle)
    )
    return [
        {
            "tier_set_id": start.tier_set_id,
            "name": name,
            "sizes": sizes,
            "min_circle": start.min_circle,
            "fitted_at": start.fitted_at,
            **start.basis,
        }
        for start, name, sizes in rows
    ]
