"""From what staff wrote to a table: the rewards of its rules, checked, and what they cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from mall.lottery.chances.kinds import CHANCE
from mall.lottery.errors import (
    LotteryNotPriced,
    LotteryPrizeIsChance,
    LotteryRuleBounded,
    LotteryRuleUnknown,
    LotteryTableInvalid,
    LotteryTimesInvalid,
)
from mall.lottery.rules.table import REWARD, THANKS, Guarantee, Prize, Table, free_activities, odds
from mall.rewards.copying import copied_rules
from mall.rewards.granters import Reward, cost_fen

Terms = Mapping[str, Any]
"""By the fields of `LotteryTerms`; times are moments."""


def build_table(
    session: Session, terms: Terms, *, lottery_id: int, version: int, commitment: str = ""
) -> Table:
    """The table of these terms. Raises LotteryTableInvalid, LotteryTimesInvalid,
    LotteryRuleUnknown, LotteryRuleBounded, LotteryPrizeIsChance."""
    if terms["ends_at"] <= terms["starts_at"]:
        raise LotteryTimesInvalid(param="ends_at")
    rules = rewards_of(session, terms["prizes"])
    names = ("name", "text", "starts_at", "ends_at", "tickets", "daily_draws")
    guarantee = terms["guarantee"]
    table = Table(
        **{name: terms[name] for name in (*names, "price_points", "budget_fen")},
        lottery_id=lottery_id,
        version=version,
        prizes=tuple(_prize(one, rules) for one in terms["prizes"]),
        guarantee=Guarantee(guarantee["draws"], guarantee["prize"]) if guarantee else None,
        commitment=commitment,
    )
    wrong = next(table_faults(table), None)
    if wrong is not None:
        raise LotteryTableInvalid(wrong, param="prizes")
    return table


def costs_of(session: Session, table: Table) -> list[int]:
    """What each prize may cost the shop, in fen: its worth where no granter can say.

    Raises LotteryNotPriced where that would be under a budget, RewardUnknown.
    """
    costs = [cost_fen(session, prize.reward) for prize in table.prizes]
    if table.budget_fen is not None and None in costs:
        raise LotteryNotPriced(param="budget_fen")
    return [
        prize.worth_fen if cost is None else cost
        for cost, prize in zip(costs, table.prizes, strict=True)
    ]


def table_faults(table: Table) -> Iterator[str]:
    """Why nobody can draw from a table, in Chinese."""
    counted = [prize for prize in table.prizes if prize.weight is None]
    thanks = [prize for prize in table.prizes if prize.kind == THANKS]
    if len(thanks) > 1:
        yield "最多设置一个谢谢参与"
    if any(one.rule_id is not None or one.worth_fen or one.weight is None for one in thanks):
        yield "谢谢参与只设权重，不设价值与奖励规则"
    if (table.tickets is None) != (not counted):
        yield "有定量奖品时须设置抽奖总次数，没有时不设置"
    elif table.tickets is not None and table.counted > table.tickets:
        yield "定量奖品的总数不能超过抽奖总次数"
    elif table.counted != table.tickets and not table.weights:
        yield "须有按权重抽取的奖品或谢谢参与"
    elif not any(
        one for one, prize in zip(odds(table), table.prizes, strict=True) if prize.kind == REWARD
    ):
        yield "至少有一个可以抽中的奖品"
    if len(free_activities(table)) > 1:
        yield "免单奖品须属于同一个拼团活动"
    if free_activities(table) and table.price_points is not None:
        yield "有免单奖品时不能出售抽奖机会"
    if table.guarantee is not None:
        yield from _guarantee_faults(table, table.guarantee, bool(thanks))


def _guarantee_faults(table: Table, rule: Guarantee, has_thanks: bool) -> Iterator[str]:
    if not has_thanks:
        yield "没有谢谢参与时不需要保底"
    if rule.prize >= len(table.prizes):
        yield "保底奖品不存在"
    elif table.prizes[rule.prize].kind != REWARD or table.prizes[rule.prize].weight is None:
        yield "保底奖品须为按权重抽取的奖品（权重可为 0）"


def plain_terms(terms: Terms) -> dict[str, Any]:
    """Terms as JSON, for a draft."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in terms.items()
    }


def read_terms(draft: Terms) -> dict[str, Any]:
    """Terms from a draft's JSON."""
    times = {name: datetime.fromisoformat(draft[name]) for name in ("starts_at", "ends_at")}
    return {**draft, **times}


def rewards_of(session: Session, prizes: Sequence[Terms]) -> Mapping[int, Reward]:
    """The rewards of the rules that prizes are given under. Raises LotteryRuleUnknown (also of a
    paused rule), LotteryRuleBounded."""
    wanted = {one["rule_id"] for one in prizes if one["rule_id"] is not None}
    rules = copied_rules(session, wanted)
    if rules.keys() != wanted:
        raise LotteryRuleUnknown(param="prizes")
    if any(rule.is_bounded for rule in rules.values()):
        raise LotteryRuleBounded(param="prizes")
    return {rule_id: rule.reward for rule_id, rule in rules.items()}


def _prize(one: Terms, rules: Mapping[int, Reward]) -> Prize:
    names = ("name", "kind", "worth_fen", "count", "weight", "rule_id")
    reward = () if one["rule_id"] is None else rules[one["rule_id"]]
    if one["kind"] == REWARD and not reward:
        raise LotteryTableInvalid(f"奖品“{one['name']}”须有奖励规则", param="prizes")
    if any(part.kind == CHANCE for part in reward):
        raise LotteryPrizeIsChance(param="prizes")
    return Prize(**{name: one[name] for name in names}, reward=reward)
