"""A trial as the rules of compliance see it: goods for a review, whatever the review says."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.compliance.campaigns import Campaign, FreeTrial
from mall.compliance.running import CampaignSource, Running
from mall.reviews.trials.models import Trial

KIND = "trial"


def running(session: Session) -> Iterator[Running]:
    """Trials that aren't closed."""
    for trial in session.scalars(
        select(Trial).where(Trial.closed_at.is_(None)).execution_options(populate_existing=True)
    ):
        yield describe(trial), trial.version


TRIALS = CampaignSource(
    KIND,
    running,
    "SELECT CAST(id AS text) AS ref, version FROM trials WHERE closed_at IS NULL",
)


def describe(trial: Trial) -> Campaign:
    """The facts of a trial. Each review of one is marked 试用, and counts whatever its stars."""
    return Campaign(
        kind=KIND,
        ref=str(trial.id),
        name=trial.name,
        texts=(trial.text, trial.requires_text),
        starts_at=trial.apply_from,
        ends_at=trial.apply_until,
        quantity=trial.units,
        mechanics=(FreeTrial(trial.name, asks_review=True, review_is_marked=True),),
    )
