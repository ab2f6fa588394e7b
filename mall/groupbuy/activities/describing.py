"""An activity as the rules of compliance see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.catalog.models import Spu
from mall.compliance.campaigns import (
    INVITEE_ORDERED,
    NEW_CUSTOMERS,
    Campaign,
    Mechanic,
    PersonalPrice,
    Reward,
    TeamPrice,
    TeamTier,
)
from mall.compliance.prices import reduced_prices
from mall.compliance.running import CampaignSource, Running
from mall.groupbuy.activities.models import ENDED, NEW, GroupActivity
from mall.groupbuy.activities.queries import ActivityView
from mall.groupbuy.activities.queries import activity as activity_of
from mall.rewards.models import RewardRule

KIND = "group_activity"


def running(session: Session) -> Iterator[Running]:
    """Activities that aren't over, drafts too."""
    rows = session.execute(
        select(GroupActivity.id, GroupActivity.version)
        .where(GroupActivity.status != ENDED, GroupActivity.ends_at > func.now())
        .order_by(GroupActivity.id)
    ).all()
    for row in rows:
        yield describe(session, activity_of(session, row.id)), row.version


GROUP_ACTIVITIES = CampaignSource(
    KIND,
    running,
    """
    SELECT CAST(id AS text) AS ref, version FROM groupbuy_activities
    WHERE status <> 'ended' AND ends_at > now()
    """,
)


def describe(session: Session, view: ActivityView) -> Campaign:
    """The facts of an activity. Its reduced price is the dearest that a member may have to pay:
    that of a first tier."""
    row = view.activity
    mechanics: list[Mechanic] = [
        *reduced_prices(session, first_prices(view), row.starts_at),
        *_team_prices(session, view),
    ]
    if row.join_audience == NEW:
        mechanics.append(PersonalPrice(NEW_CUSTOMERS))
    if row.leader_rule_id is not None:
        rule = session.scalar(select(RewardRule.name).where(RewardRule.id == row.leader_rule_id))
        mechanics.append(Reward(INVITEE_ORDERED, rule or ""))
    return Campaign(
        kind=KIND,
        ref=str(row.id),
        name=row.name,
        texts=(row.description, *(one.name for one in view.tier_sets), *view.rules_text),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        quantity=sum(sku.wanted_stock for sku in view.skus),
        mechanics=tuple(mechanics),
    )


def first_prices(view: ActivityView) -> Mapping[int, int]:
    """SKU id → fen: the highest first-tier price of its sets."""
    return {
        sku.sku_id: max(_of_sku(view, sku.sku_id, place)[0].price_fen for place in _places(view))
        for sku in view.skus
    }


def _team_prices(session: Session, view: ActivityView) -> Iterator[TeamPrice]:
    name = session.scalars(select(Spu.name).where(Spu.id == view.activity.spu_id)).one()
    for sku in view.skus:
        yield TeamPrice(
            f"{name} {sku.spec_text}".strip(),
            tuple(_of_sku(view, sku.sku_id, place) for place in _places(view)),
            seats_filled=view.activity.virtual_seats,
            picks_set=view.activity.picks_set,
        )


def _places(view: ActivityView) -> range:
    return range(len(view.tier_sets))


def _of_sku(view: ActivityView, sku_id: int, place: int) -> tuple[TeamTier, ...]:
    """The tiers of a set for one SKU."""
    return tuple(
        TeamTier(tier.size, price.price_fen)
        for tier in view.tier_sets[place].tiers
        for price in tier.prices
        if price.sku_id == sku_id
    )
