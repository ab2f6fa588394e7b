"""A campaign as the rules of compliance see it.

Rewards are for what an invitee bought; nothing is given for sharing, for a registration or for
those whom an invitee brings in turn.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.compliance.campaigns import INVITEE_ORDERED, Assistance, Campaign, Mechanic, Reward
from mall.compliance.running import CampaignSource, Running
from mall.referral.ladders.campaigns import CampaignView, campaigns_not_over
from mall.referral.ladders.models import INVITER
from mall.rewards.models import RewardRule

KIND = "ladder_campaign"


def running(session: Session) -> Iterator[Running]:
    """Campaigns that aren't over, by their newest versions."""
    for view in campaigns_not_over(session):
        yield describe(session, view), view.version


LADDERS = CampaignSource(
    KIND,
    running,
    """
    SELECT CAST(c.id AS text) AS ref, c.version FROM ladder_campaigns c
    JOIN ladder_versions v ON v.campaign_id = c.id AND v.version = c.version
    WHERE c.stopped_at IS NULL AND v.ends_at > now()
    """,
)


def describe(session: Session, view: CampaignView) -> Campaign:
    """The facts of a version. The helpers that it takes are those of its first rung."""
    mechanics: list[Mechanic] = [Reward(INVITEE_ORDERED, rung.name) for rung in view.rungs]
    mechanics += [
        Assistance(rung.threshold, result_is_stated=True)
        for rung in view.rungs
        if rung.side == INVITER
    ]
    return Campaign(
        kind=KIND,
        ref=str(view.id),
        name=view.name,
        texts=(view.text, *view.rules),
        starts_at=view.starts_at,
        ends_at=view.ends_at,
        quantity=_quantity(session, [rung.rule_id for rung in view.rungs]),
        mechanics=tuple(mechanics),
    )


def _quantity(session: Session, rule_ids: list[int]) -> int | None:
    """How many may be had in all, where each rule has a budget."""
    budgets = session.scalars(select(RewardRule.budget).where(RewardRule.id.in_(rule_ids))).all()
    return None if None in budgets else min((one for one in budgets if one), default=None)
