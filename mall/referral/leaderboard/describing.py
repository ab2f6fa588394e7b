"""A leaderboard as the rules of compliance see it: rewards for what invitees bought, by rank."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.compliance.campaigns import INVITEE_ORDERED, Campaign, Reward
from mall.compliance.running import CampaignSource, Running
from mall.referral.leaderboard.models import WINDOW
from mall.referral.leaderboard.terms import LeaderboardView, not_over
from mall.rewards.models import RewardRule

SOURCE = "referral_leaderboard"


def running(session: Session) -> Iterator[Running]:
    """Leaderboards that aren't over."""
    for view in not_over(session):
        yield describe(session, view), view.version


LEADERBOARDS = CampaignSource(
    SOURCE,
    running,
    """
    SELECT CAST(id AS text) AS ref, version FROM referral_leaderboards
    WHERE stopped_at IS NULL AND ends_at > now()
    """,
)


def describe(session: Session, view: LeaderboardView) -> Campaign:
    """The facts of a leaderboard. What it gives in all is limited by its ranks where it has one
    period, else by the budgets of its rules."""
    return Campaign(
        kind=SOURCE,
        ref=str(view.id),
        name=view.name,
        texts=(view.text, *view.rules),
        starts_at=view.starts_at,
        ends_at=view.ends_at,
        quantity=_quantity(session, view),
        mechanics=tuple(Reward(INVITEE_ORDERED, prize.name) for prize in view.prizes),
    )


def _quantity(session: Session, view: LeaderboardView) -> int | None:
    if view.period == WINDOW:
        return sum(prize.last_rank - prize.first_rank + 1 for prize in view.prizes) or None
    rules = [prize.rule_id for prize in view.prizes]
    budgets = session.scalars(select(RewardRule.budget).where(RewardRule.id.in_(rules))).all()
    return None if None in budgets else sum(one for one in budgets if one) or None
