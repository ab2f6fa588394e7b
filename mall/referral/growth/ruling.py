"""Growth rules as staff write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from mall.compliance.campaigns import LEVEL
from mall.compliance.reviewing import review
from mall.kernel.db import transaction
from mall.referral.growth.describing import describe
from mall.referral.growth.errors import (
    GrowthFigureUnknown,
    GrowthLessonUnknown,
    GrowthLevelInvalid,
    GrowthRuleChanged,
    GrowthRuleLimit,
    GrowthRuleNotFound,
)
from mall.referral.growth.evaluating import positions
from mall.referral.growth.models import PromoterGrowthRule
from mall.referral.lessons.queries import names_of
from mall.staff.audit import record
from mall.users.figures import figure_names

Terms = Mapping[str, Any]
MAX_ENABLED = 50
_COLUMNS = ("name", "opens", "level_id", "figures", "lesson_ids")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('promoter growth rules', 0))")


def all_rules(session: Session) -> Sequence[PromoterGrowthRule]:
    """Every rule, the newest first."""
    return session.scalars(
        select(PromoterGrowthRule)
        .order_by(PromoterGrowthRule.id.desc())
        .execution_options(populate_existing=True)
    ).all()


def rule(session: Session, rule_id: int) -> PromoterGrowthRule:
    """A rule by its id. Raises GrowthRuleNotFound."""
    found = session.scalar(
        select(PromoterGrowthRule)
        .where(PromoterGrowthRule.id == rule_id)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise GrowthRuleNotFound
    return found


def create_rule(terms: Terms) -> int:
    """A further rule: its id. Raises what staff wrote wrongly (`errors.py`), GrowthRuleLimit,
    CampaignRefused, CampaignWarned."""
    with transaction() as session:
        session.execute(_LOCK)
        if terms["enabled"]:
            _must_have_room(session)
        values = _checked(session, terms)
        rule_id: int = session.execute(
            insert(PromoterGrowthRule)
            .values(**values, enabled=terms["enabled"])
            .returning(PromoterGrowthRule.id)
        ).scalar_one()
        _review(session, rule_id, terms)
        _audit(session, "create", rule_id, {**values, "enabled": terms["enabled"]})
        return rule_id


def change_rule(rule_id: int, terms: Terms) -> None:
    """Other terms; who grew by the old ones has grown. `replaces` is the version that was seen.

    Raises GrowthRuleNotFound, GrowthRuleChanged, and as create_rule.
    """
    with transaction() as session:
        session.execute(_LOCK)
        rule(session, rule_id)
        values = _checked(session, terms)
        done = session.execute(
            update(PromoterGrowthRule)
            .where(
                PromoterGrowthRule.id == rule_id,
                PromoterGrowthRule.version == terms["replaces"],
            )
            .values(**values, version=PromoterGrowthRule.version + 1)
            .returning(PromoterGrowthRule.id)
            .execution_options(synchronize_session=False)
        ).all()
        if not done:
            raise GrowthRuleChanged(param="replaces")
        _review(session, rule_id, terms)
        _audit(session, "update", rule_id, values)


def enable_rule(rule_id: int, enabled: bool) -> None:
    """Let a rule open what it opens, or pause it. Saying so again changes nothing.

    Raises GrowthRuleNotFound, GrowthRuleLimit.
    """
    with transaction() as session:
        session.execute(_LOCK)
        if rule(session, rule_id).enabled == enabled:
            return
        if enabled:
            _must_have_room(session)
        session.execute(
            update(PromoterGrowthRule)
            .where(PromoterGrowthRule.id == rule_id)
            .values(enabled=enabled)
            .execution_options(synchronize_session=False)
        )
        _audit(session, "enable" if enabled else "pause", rule_id, {"enabled": enabled})


def _checked(session: Session, terms: Terms) -> dict[str, Any]:
    known = set(figure_names())
    if any(one["figure"] not in known for one in terms["figures"]):
        raise GrowthFigureUnknown(param="figures")
    lesson_ids = terms["lesson_ids"]
    if len(names_of(session, lesson_ids)) != len(lesson_ids):
        raise GrowthLessonUnknown(param="lesson_ids")
    if terms["opens"] == LEVEL:
        places = positions(session)
        place = places.get(terms["level_id"])
        if place is None or place == min(places.values()):
            raise GrowthLevelInvalid(param="level_id")
    return {name: terms[name] for name in _COLUMNS}


def _must_have_room(session: Session) -> None:
    enabled = session.scalar(select(func.count()).where(PromoterGrowthRule.enabled)) or 0
    if enabled >= MAX_ENABLED:
        raise GrowthRuleLimit


def _review(session: Session, rule_id: int, terms: Terms) -> None:
    saved = rule(session, rule_id)
    review(session, describe(saved), saved.version, accept_warnings=terms["accept_warnings"])


def _audit(session: Session, verb: str, rule_id: int, after: Terms) -> None:
    record(
        session,
        action=f"promoter_growth_rule.{verb}",
        target_type="promoter_growth_rule",
        target_id=rule_id,
        after=after,
    )
