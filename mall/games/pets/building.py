"""From what staff wrote to rules: the rewards of the stages, checked, and what they cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy.orm import Session

from mall.games.pets.errors import (
    PetRewardIsFeed,
    PetRuleBounded,
    PetRulesInvalid,
    PetRuleUnknown,
    PetTimesInvalid,
)
from mall.games.pets.portions import FEED_KIND
from mall.games.pets.rules import NUMBERS, Rules, Stage
from mall.rewards.copying import copied_rules
from mall.rewards.granters import Reward, cost_fen

Terms = Mapping[str, Any]
"""By the fields of `PetSeasonTerms`; times are moments."""
LONGEST = timedelta(days=400)


def build_rules(session: Session, terms: Terms) -> Rules:
    """The rules of these terms. Raises PetRulesInvalid, PetTimesInvalid, PetRuleUnknown,
    PetRuleBounded, PetRewardIsFeed."""
    if terms["ends_at"] <= terms["starts_at"]:
        raise PetTimesInvalid(param="ends_at")
    rewards = _rewards(session, terms["stages"])
    names = ("kind", "name", "text", "starts_at", "ends_at", "floor", *NUMBERS)
    rules = Rules(
        **{name: terms[name] for name in names},
        stages=tuple(_stage(one, rewards) for one in terms["stages"]),
    )
    wrong = next(rules_faults(rules), None)
    if wrong is not None:
        raise PetRulesInvalid(wrong[1], param=wrong[0])
    return rules


def costs_of(session: Session, rules: Rules) -> list[int]:
    """What the reward of each stage may cost the shop, in fen: its worth where no granter can
    say. Raises RewardUnknown."""
    return [_cost(session, stage) for stage in rules.stages]


def rules_faults(rules: Rules) -> Iterator[tuple[str, str]]:
    """What doesn't fit together: the field, and what is wrong in Chinese."""
    if rules.ends_at - rules.starts_at > LONGEST:
        yield "ends_at", f"活动最长 {LONGEST.days} 天"
    if (rules.friend_growth == 0) != (rules.friend_waterings == 0):
        yield "friend_waterings", "好友浇水的成长值与每日上限须同时设置，或同时为 0"
    first = rules.stages[0]
    if first.threshold or first.rule_id is not None or first.worth_fen:
        yield "stages", "第一个阶段从 0 开始，不设奖励"
    if any(after.threshold <= before.threshold for before, after in pairwise(rules.stages)):
        yield "stages", "各阶段所需的成长值须依次增加"
    if any(stage.worth_fen and stage.rule_id is None for stage in rules.stages):
        yield "stages", "没有奖励的阶段不设价值"
    if all(stage.rule_id is None for stage in rules.stages):
        yield "stages", "至少一个阶段须有奖励"


def plain_terms(terms: Terms) -> dict[str, Any]:
    """Terms as JSON, for a draft; the pictures are kept beside it."""
    stages = [
        {name: value for name, value in one.items() if name != "picture"} for one in terms["stages"]
    ]
    plain = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in terms.items()
    }
    return {**plain, "stages": stages}


def read_terms(draft: Terms) -> dict[str, Any]:
    """Terms from a draft's JSON, without pictures."""
    times = {name: datetime.fromisoformat(draft[name]) for name in ("starts_at", "ends_at")}
    return {**draft, **times}


def pictures_of(terms: Terms) -> list[str]:
    """The pictures of the stages, in their order."""
    return [one["picture"] for one in terms["stages"]]


def _rewards(session: Session, stages: Sequence[Terms]) -> Mapping[int, Reward]:
    wanted = {one["rule_id"] for one in stages if one["rule_id"] is not None}
    rules = copied_rules(session, wanted)
    if rules.keys() != wanted:
        raise PetRuleUnknown(param="stages")
    if any(rule.is_bounded for rule in rules.values()):
        raise PetRuleBounded(param="stages")
    return {rule_id: rule.reward for rule_id, rule in rules.items()}


def _stage(one: Terms, rewards: Mapping[int, Reward]) -> Stage:
    names = ("name", "threshold", "worth_fen", "rule_id")
    reward = () if one["rule_id"] is None else rewards[one["rule_id"]]
    if any(part.kind == FEED_KIND for part in reward):
        raise PetRewardIsFeed(param="stages")
    return Stage(**{name: one[name] for name in names}, reward=reward)


def _cost(session: Session, stage: Stage) -> int:
    cost = cost_fen(session, stage.reward)
    return stage.worth_fen if cost is None else cost
