"""The units of a trial: set aside for it, had by shoppers, sent in orders, given back.

Every change is made under the lock of the trial's row, before the SKU's.
"""

from __future__ import annotations

import structlog
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mall.inventory import commands as inventory
from mall.inventory.errors import OutOfStock
from mall.reviews.trials.errors import TrialFull, TrialNotFound, TrialUnitsTooFew
from mall.reviews.trials.models import Trial

_log = structlog.get_logger("mall.reviews.trials")
UNITS_HELD = "SELECT sku_id, units - ordered AS units FROM trials WHERE units > ordered"
"""What trials hold reserved."""
UNITS_GIVEN = "SELECT sku_id, ordered AS units FROM trials WHERE ordered > 0"
"""What went to shoppers in orders that cost nothing."""
_MOVE = text(
    """
    UPDATE trials SET units = units + :change, stock_steps = stock_steps + 1
    WHERE id = :trial_id AND units + :change >= picked
    RETURNING sku_id, stock_steps
    """
)
_TAKE = text(
    """
    UPDATE trials SET picked = picked + :count
    WHERE id = :trial_id AND picked + :count <= units AND closed_at IS NULL RETURNING id
    """
)
_ORDER = text("UPDATE trials SET ordered = ordered + 1 WHERE id = :trial_id")
_UNORDER = text("UPDATE trials SET ordered = ordered - 1 WHERE id = :trial_id")
# A closed trial has as many units as have a shopper: both go down at once.
_LOSE = text(
    """
    UPDATE trials SET picked = picked - 1, units = units - 1, ordered = ordered - :ordered,
        stock_steps = stock_steps + 1
    WHERE id = :trial_id RETURNING sku_id, stock_steps
    """
)
_FREE = text("UPDATE trials SET picked = picked - 1 WHERE id = :trial_id")


def lock_trial(session: Session, trial_id: int) -> Trial:
    """A trial, locked until the commit. Raises TrialNotFound."""
    found = session.scalar(
        select(Trial)
        .where(Trial.id == trial_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise TrialNotFound
    return found


def change_units(session: Session, trial_id: int, change: int) -> None:
    """Set `change` units more aside for a locked trial, or give so many back.

    Raises TrialUnitsTooFew when fewer are without a shopper, OutOfStock when the SKU has too few.
    """
    if not change:
        return
    moved = session.execute(_MOVE, {"trial_id": trial_id, "change": change}).one_or_none()
    if moved is None:
        raise TrialUnitsTooFew(param="units")
    ref = _ref(trial_id, moved.stock_steps)
    if change > 0:
        inventory.reserve(session, {moved.sku_id: change}, ref=ref)
    else:
        inventory.release(session, {moved.sku_id: -change}, ref=ref)


def take_units(session: Session, trial_id: int, count: int) -> None:
    """So many more units have a shopper. Raises TrialFull, and when the trial is closed."""
    if session.execute(_TAKE, {"trial_id": trial_id, "count": count}).first() is None:
        raise TrialFull


def free_unit(session: Session, trial: Trial) -> None:
    """A unit that wasn't ordered has no shopper any more: it is the locked trial's again; of a
    closed trial it is on the shelf."""
    if trial.closed_at is None:
        session.execute(_FREE, {"trial_id": trial.id})
        return
    lost = session.execute(_LOSE, {"trial_id": trial.id, "ordered": 0}).one()
    inventory.release(session, {lost.sku_id: 1}, ref=_ref(trial.id, lost.stock_steps))


def give_to_order(session: Session, trial: Trial, order_no: str) -> None:
    """The unit of a shopper is sellable, for its order to reserve it next."""
    session.execute(_ORDER, {"trial_id": trial.id})
    inventory.release(session, {trial.sku_id: 1}, ref=order_ref(order_no))


def take_from_order(session: Session, trial: Trial, order_no: str, *, came_back: bool) -> None:
    """The order of a unit was closed. A unit that never left is the locked trial's again; one that
    left, or was sold on the shelf meanwhile, or of a closed trial, is the trial's no more."""
    if came_back and trial.closed_at is None and _reserve_again(session, trial, order_no):
        session.execute(_UNORDER, {"trial_id": trial.id})
        session.execute(_FREE, {"trial_id": trial.id})
        return
    session.execute(_LOSE, {"trial_id": trial.id, "ordered": 1})


def _reserve_again(session: Session, trial: Trial, order_no: str) -> bool:
    try:
        with session.begin_nested():
            inventory.reserve(session, {trial.sku_id: 1}, ref=order_ref(order_no))
    except OutOfStock:
        _log.warning("the unit of a trial is gone", order_no=order_no, trial_id=trial.id)
        return False
    return True


def order_ref(order_no: str) -> str:
    """`ref` of the movements between a trial and one order, there and back, each once."""
    return f"trial:{order_no}"


def _ref(trial_id: int, step: int) -> str:
    return f"trial:{trial_id}:{step}"
