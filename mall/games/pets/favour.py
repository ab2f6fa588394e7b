"""What a change of published rules may not do: be worse for any shopper. Pure.

A change is in the shoppers' favour when all of this holds:

- kind, name, text and start are the same, the end isn't earlier;
- a portion and a watering give no less, the caps aren't lower, there aren't fewer places;
- nothing more decays, no sooner and no further down;
- each stage is still there, in its place and under its name, with at least its worth and at least
  its reward; the way from each stage to the next isn't longer; stages are only added at the end.

Then every pet, whatever was done, is at least as near to every stage as before: the highest stage
reached isn't lower. (Lower thresholds alone wouldn't do: growth decays to the threshold of the
stage reached, so a lower one before a long way would be a loss.)
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from mall.games.pets.rules import TO_ZERO, Rules, Stage

Objection = tuple[str, str]
"""The field, and what is wrong in Chinese."""
_FIXED = {"kind": "类型", "name": "名称", "text": "规则", "starts_at": "开始时间"}
_GAINS = {
    "feed_growth": "每份饲料的成长值",
    "water_growth": "每次照料的成长值",
    "friend_growth": "好友浇水的成长值",
    "friend_waterings": "每日好友浇水上限",
    "grace_days": "免衰减天数",
}


def objections(old: Rules, new: Rules) -> Iterator[Objection]:
    """Each way in which `new` is worse than `old`."""
    for name, label in _FIXED.items():
        if getattr(old, name) != getattr(new, name):
            yield name, f"{label}公布后不能修改"
    if new.ends_at < old.ends_at:
        yield "ends_at", "结束时间不能提前"
    for name, label in _GAINS.items():
        if getattr(new, name) < getattr(old, name):
            yield name, f"{label}不能降低"
    if _is_less(old.daily_portions, new.daily_portions):
        yield "daily_portions", "每日喂养上限不能降低"
    if _is_less(old.places, new.places):
        yield "places", "名额不能减少"
    if new.decay > old.decay:
        yield "decay", "每日衰减不能提高"
    if new.floor == TO_ZERO and old.floor != TO_ZERO:
        yield "floor", "衰减不能改为低于已达到的阶段"
    yield from _stages(old, new)


def _is_less(old: int | None, new: int | None) -> bool:
    """Of bounds of which None is no bound."""
    return new is not None and (old is None or new < old)


def _stages(old: Rules, new: Rules) -> Iterator[Objection]:
    if len(new.stages) < len(old.stages):
        yield "stages", "不能删除阶段"
        return
    for before, after in zip(old.stages, new.stages, strict=False):
        yield from _stage(before, after)
    ways = zip(_ways(old), _ways(new), strict=False)
    for name, (was, now) in zip((one.name for one in old.stages[1:]), ways, strict=False):
        if now > was:
            yield "stages", f"到达阶段“{name}”所需的成长值不能增加"


def _ways(rules: Rules) -> list[int]:
    return [after.threshold - before.threshold for before, after in pairwise(rules.stages)]


def _stage(old: Stage, new: Stage) -> Iterator[Objection]:
    if old.name != new.name:
        yield "stages", f"阶段“{old.name}”的名称不能修改"
        return
    if new.worth_fen < old.worth_fen:
        yield "stages", f"阶段“{old.name}”奖励的价值不能降低"
    given = {(part.kind, part.what): part.count for part in new.reward}
    if any(given.get((part.kind, part.what), 0) < part.count for part in old.reward):
        yield "stages", f"阶段“{old.name}”的奖励不能减少"
