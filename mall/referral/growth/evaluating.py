"""Comparing shoppers with the growth rules.

A rule that takes a purchase opens the standing of a promoter only while the free application is
open beside it: buying is never the only way in (禁止传销条例 7).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.compliance.campaigns import STANDING
from mall.referral.growth.conditions import Known, is_met, takes_purchase
from mall.referral.growth.models import PromoterGrowthRule
from mall.referral.lessons.queries import passed_lessons
from mall.referral.promoters.models import PromoterLevel
from mall.referral.promoters.settings import CLOSED, JOINING
from mall.users.figures import figures_of

Rules = Sequence[PromoterGrowthRule]


def enabled_rules(session: Session) -> Rules:
    """The rules that are enabled, the oldest first."""
    return session.scalars(
        select(PromoterGrowthRule)
        .where(PromoterGrowthRule.enabled)
        .order_by(PromoterGrowthRule.id)
        .execution_options(populate_existing=True)
    ).all()


def know(session: Session, user_ids: Collection[int]) -> dict[int, Known]:
    """What the rules may ask of these shoppers, in a read for each feature."""
    figures, lessons = figures_of(session, user_ids), passed_lessons(session, user_ids)
    return {user_id: Known(figures[user_id], lessons[user_id]) for user_id in user_ids}


def rules_of_standing(rules: Rules) -> Rules:
    """The rules by which somebody can become a promoter now."""
    free_way = JOINING.get() != CLOSED
    return [one for one in rules if one.opens == STANDING and (free_way or not takes_purchase(one))]


def positions(session: Session) -> dict[int, int]:
    """The position of each level."""
    rows = session.execute(select(PromoterLevel.id, PromoterLevel.position))
    return {row.id: row.position for row in rows}


def rules_of_next_level(rules: Rules, places: dict[int, int], level_id: int) -> Rules:
    """The rules that open the next level above this one that growth opens at all."""
    above = [
        one for one in rules if one.level_id is not None and places[one.level_id] > places[level_id]
    ]
    lowest = min((places[one.level_id] for one in above if one.level_id is not None), default=0)
    return [one for one in above if one.level_id is not None and places[one.level_id] == lowest]


def first_met(rules: Iterable[PromoterGrowthRule], known: Known) -> PromoterGrowthRule | None:
    """The oldest of these rules that a shopper meets."""
    return next((one for one in rules if is_met(one, known)), None)
