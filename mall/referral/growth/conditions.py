"""What a growth rule asks, and what of it a shopper lacks. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mall.referral.growth.models import PromoterGrowthRule
from mall.users.figures import takes_buying


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a shopper: figures by name, and the lessons that they passed."""

    figures: Mapping[str, int]
    lessons: Collection[int]


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that a rule asks, and how far the shopper is. Of a lesson: 0 or 1 of 1."""

    label: str
    need: int
    have: int
    lesson_id: int | None = None

    @property
    def met(self) -> bool:
        return self.have >= self.need


def conditions(
    rule: PromoterGrowthRule, known: Known, lesson_names: Mapping[int, str]
) -> list[Condition]:
    """All that a rule asks of a shopper. A figure that no feature has any more is never met."""
    figures = [
        Condition(one["label"], one["at_least"], known.figures.get(one["figure"], 0))
        for one in rule.figures
    ]
    lessons = [
        Condition(lesson_names.get(one, "课程"), 1, int(one in known.lessons), one)
        for one in rule.lesson_ids
    ]
    return figures + lessons


def is_met(rule: PromoterGrowthRule, known: Known) -> bool:
    """Whether a shopper meets all that a rule asks."""
    return all(one.met for one in conditions(rule, known, {}))


def takes_purchase(rule: PromoterGrowthRule) -> bool:
    """Whether nobody meets the rule without buying."""
    return any(takes_buying(one["figure"]) for one in rule.figures)
