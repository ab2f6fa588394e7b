"""Letting a shopper grow: an application that a rule opens, a promoter who reaches a level."""

from __future__ import annotations

from sqlalchemy import func
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.referral.growth.evaluating import (
    enabled_rules,
    first_met,
    know,
    positions,
    rules_of_next_level,
    rules_of_standing,
)
from mall.referral.growth.models import PromoterGrowthRule
from mall.referral.promoters import applying
from mall.referral.promoters.changing import Why, change_promoter, lock_promoter, locked
from mall.referral.promoters.models import ACTIVE, APPLIED, BY_GROWTH
from mall.users.queries import open_accounts


def join(user_id: int, version: int, note: str | None) -> None:
    """Apply for being a promoter; who meets a growth rule is one at once, and on their level.

    Raises what `applying.apply` does.
    """
    with transaction() as session:
        rule = opening_rule(session, user_id)
        applying.apply(session, user_id, version, note, rule.id if rule else None)
        grow(session, user_id)


def opening_rule(session: Session, user_id: int) -> PromoterGrowthRule | None:
    """A rule by which this shopper may be a promoter at once."""
    rules = rules_of_standing(enabled_rules(session))
    return first_met(rules, know(session, [user_id])[user_id]) if rules else None


def grow_now(user_id: int) -> None:
    """The same as the jobs do, when the shopper asks. Raises PromoterNotFound."""
    with transaction() as session:
        locked(session, user_id)
        grow(session, user_id)


def grow(session: Session, user_id: int) -> bool:
    """Bring a shopper to where the rules allow: accepted, and as high as they go. Whether they
    are anywhere else by it.

    Levels never fall by it. Who isn't waiting or active stays as they are, and so does a level
    that staff have fixed.
    """
    promoter = lock_promoter(session, user_id)
    if promoter is None or not open_accounts(session, [user_id]):
        return False
    accepted = promoter.status == APPLIED and not promoter.staff_first
    if accepted:
        rule = opening_rule(session, user_id)
        if rule is None:
            return False
        why = Why(BY_GROWTH, rule_id=rule.id)
        change_promoter(session, promoter, why, status=ACTIVE, decided_at=func.clock_timestamp())
    return _rise(session, user_id) or accepted


def _rise(session: Session, user_id: int) -> bool:
    promoter = locked(session, user_id)
    if promoter.status != ACTIVE or promoter.level_fixed:
        return False
    rules, places = enabled_rules(session), positions(session)
    known, level_id = know(session, [user_id])[user_id], promoter.level_id
    met = None
    while rule := first_met(rules_of_next_level(rules, places, level_id), known):
        met, level_id = rule, rule.level_id or level_id
    if met is not None:
        change_promoter(session, promoter, Why(BY_GROWTH, rule_id=met.id), level_id=level_id)
    return met is not None
