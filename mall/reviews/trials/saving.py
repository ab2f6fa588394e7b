"""What staff do with trials. Every saved version goes through compliance and leaves a trail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from mall.catalog.queries import skus_for_sale
from mall.compliance.reviewing import review
from mall.inventory.errors import SkuUnknown
from mall.kernel.db import transaction
from mall.reviews.trials.describing import describe
from mall.reviews.trials.errors import (
    TrialClosed,
    TrialFigureUnknown,
    TrialReplaced,
    TrialSkuFixed,
)
from mall.reviews.trials.models import APPLIED, NOT_PICKED, Trial, TrialApplication
from mall.reviews.trials.units import change_units, lock_trial
from mall.staff.audit import record
from mall.users.figures import figure_names

Terms = Mapping[str, Any]
COLUMNS = (
    *("name", "text", "apply_from", "apply_until", "accept_days", "review_days"),
    *("min_pictures", "needs_video", "by_invitation", "requires", "requires_text"),
)


def create_trial(terms: Terms) -> int:
    """A trial with its units set aside: its id.

    Raises SkuUnknown, TrialFigureUnknown, OutOfStock, CampaignRefused, CampaignWarned.
    """
    with transaction() as session:
        sku = skus_for_sale(session, [terms["sku_id"]]).get(terms["sku_id"])
        if sku is None:
            raise SkuUnknown(param="sku_id")
        values = _checked(terms) | {"sku_id": sku.sku_id, "spu_id": sku.spu_id}
        trial_id: int = session.execute(
            insert(Trial).values(**values).returning(Trial.id)
        ).scalar_one()
        change_units(session, trial_id, terms["units"])
        _review(session, trial_id, terms)
        _audit(session, "create", trial_id, after={**values, "units": terms["units"]})
        return trial_id


def change_trial(trial_id: int, terms: Terms) -> None:
    """Other terms, from now on; who was picked keeps the days that were said then. `replaces` is
    the version that was seen.

    Raises TrialNotFound, TrialClosed, TrialReplaced, TrialSkuFixed, TrialUnitsTooFew, and what
    `create_trial` raises.
    """
    with transaction() as session:
        trial = lock_trial(session, trial_id)
        if trial.closed_at is not None:
            raise TrialClosed
        if trial.version != terms["replaces"]:
            raise TrialReplaced(param="replaces")
        if trial.sku_id != terms["sku_id"]:
            raise TrialSkuFixed(param="sku_id")
        before = {name: getattr(trial, name) for name in (*COLUMNS, "units")}
        values = _checked(terms)
        session.execute(
            update(Trial)
            .where(Trial.id == trial_id)
            .values(**values, version=Trial.version + 1)
            .execution_options(synchronize_session=False)
        )
        change_units(session, trial_id, terms["units"] - before["units"])
        _review(session, trial_id, terms)
        after = {**values, "units": terms["units"]}
        _audit(session, "update", trial_id, before=before, after=after)


def close_trial(trial_id: int) -> None:
    """Nobody applies or is picked any more; units without a shopper go back on the shelf. Again is
    once. Raises TrialNotFound."""
    with transaction() as session:
        trial = lock_trial(session, trial_id)
        if trial.closed_at is not None:
            return
        left = trial.units - trial.picked
        change_units(session, trial_id, -left)
        session.execute(
            update(Trial)
            .where(Trial.id == trial_id)
            .values(closed_at=func.clock_timestamp())
            .execution_options(synchronize_session=False)
        )
        session.execute(
            update(TrialApplication)
            .where(TrialApplication.trial_id == trial_id, TrialApplication.status == APPLIED)
            .values(status=NOT_PICKED, changed_at=func.clock_timestamp())
            .execution_options(synchronize_session=False)
        )
        _audit(session, "close", trial_id, after={"given_back": left})


def _checked(terms: Terms) -> dict[str, Any]:
    known = set(figure_names())
    if any(one["figure"] not in known for one in terms["requires"]):
        raise TrialFigureUnknown(param="requires")
    return {name: terms[name] for name in COLUMNS}


def _review(session: Session, trial_id: int, terms: Terms) -> None:
    saved = session.scalars(
        select(Trial).where(Trial.id == trial_id).execution_options(populate_existing=True)
    ).one()
    review(session, describe(saved), saved.version, accept_warnings=terms["accept_warnings"])


def _audit(session: Session, verb: str, trial_id: int, **change: Any) -> None:
    record(session, action=f"trial.{verb}", target_type="trial", target_id=trial_id, **change)
