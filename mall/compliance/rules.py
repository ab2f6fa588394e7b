"""The rule set: each rule with its source. Rules are pure; docs/compliance.md lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mall.compliance import cash_rules as cash
from mall.compliance import joining_rules as joining
from mall.compliance import mechanic_rules as mechanics
from mall.compliance import promise_rules as promises
from mall.compliance import team_rules as teams
from mall.compliance import trial_rules as trials
from mall.compliance import wording_rules as wording
from mall.compliance.campaigns import (
    Assistance,
    BlindBox,
    Campaign,
    CashForHelp,
    Draw,
    Fact,
    FreeTrial,
    Gift,
    LockedPoints,
    PersonalPrice,
    PointsValue,
    PromoterEntry,
    ReducedPrice,
    Referral,
    Reward,
    TeamPrice,
    Wording,
)
from mall.compliance.objections import REFUSE, Objection

PASSED, WARNED, REFUSED = "passed", "warned", "refused"


@dataclass(frozen=True, slots=True)
class Rule:
    """`check(fact, campaign)` yields what `source` has against a fact of the type `about`."""

    code: str
    source: str
    about: type[Fact]
    check: Callable[[Any, Campaign], Iterator[Objection]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule objects to. `message` is Chinese, `source` the article."""

    rule: str
    severity: str
    message: str
    source: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`rules` are the codes of those that had a fact to look at."""

    rules: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def result(self) -> str:
        """passed, warned or refused."""
        return result_of(self.findings)


_SHARING = "微信小程序平台运营规范 5.1（滥用分享）"
_PROMOTING = "规范促销行为暂行规定"
_PRICING = "明码标价和禁止价格欺诈规定"
_COMPETITION = "反不正当竞争法"
_CONSUMERS = "消费者权益保护法"
_BLIND_BOXES = "盲盒经营行为规范指引（试行）"
_NO_DEPOSIT = "广告法第二十五条、防范和处置非法集资条例第二条"
_REVIEWS = f"{_COMPETITION}第九条、电子商务法第十七条"
RULES = (
    Rule("absolute_words", "广告法第九条第（三）项", Wording, wording.absolute_words),
    Rule("price_claims", "价格法第十四条第（四）项", Wording, wording.price_claims),
    Rule("sharing_words", _SHARING, Wording, wording.sharing_words),
    Rule("forcing_words", _SHARING, Wording, wording.forcing_words),
    Rule("hurry_without_end", f"{_PROMOTING}第二十条", Wording, wording.hurry_without_end),
    Rule("limited_without_limit", "广告法第八条", Wording, wording.limited_without_limit),
    Rule("hurry_is_true", f"{_PROMOTING}第五条", Wording, promises.hurry_is_true),
    Rule("count_is_true", "广告法第八条", Wording, promises.count_is_true),
    Rule("exaggerated_titles", _SHARING, Wording, promises.exaggerated_titles),
    Rule("praise_for_money", _REVIEWS, Wording, promises.praise_for_money),
    Rule("gain_promised", "广告法第二十五条", Wording, promises.gain_promised),
    Rule("minors", f"广告法第四十条、{_BLIND_BOXES}", Wording, promises.minors),
    Rule("consent_by_default", "电子商务法第十九条", Wording, promises.consent_by_default),
    Rule("auto_renewal", f"{_CONSUMERS}实施条例第十条", Wording, promises.auto_renewal),
    Rule("no_returns", f"{_CONSUMERS}第二十五条", Wording, promises.no_returns),
    Rule("prepaid_terms", "法释〔2025〕4号第九条", Wording, promises.prepaid_terms),
    Rule("not_reduced", "价格法第十四条第（四）项", ReducedPrice, mechanics.not_reduced),
    Rule(
        "price_basis",
        f"{_PROMOTING}第二十一条、{_PRICING}第十六条",
        ReducedPrice,
        mechanics.price_basis,
    ),
    Rule("struck_price", f"{_PRICING}第十七条", ReducedPrice, mechanics.struck_price),
    Rule("gift_terms", f"广告法第八条、{_PRICING}第十八条", Gift, mechanics.gift_terms),
    Rule("reward_for_sharing", _SHARING, Reward, mechanics.reward_for_sharing),
    Rule("reward_for_praise", _REVIEWS, Reward, mechanics.reward_for_praise),
    Rule("chance_for_sharing", _SHARING, Draw, mechanics.chance_for_sharing),
    Rule("top_prize", f"{_PROMOTING}第十七条、{_COMPETITION}第十一条", Draw, mechanics.top_prize),
    Rule("prizes_published", f"{_PROMOTING}第十三条", Draw, mechanics.prizes_published),
    Rule("blind_box", _BLIND_BOXES, BlindBox, promises.blind_box),
    Rule("referral", "禁止传销条例第七条", Referral, mechanics.referral),
    Rule("promoter_entry", "禁止传销条例第七条", PromoterEntry, joining.promoter_entry),
    Rule("joining_words", "禁止传销条例第七条", Wording, joining.joining_words),
    Rule("assistance", _SHARING, Assistance, mechanics.assistance),
    Rule("cash_for_help", _SHARING, CashForHelp, cash.cash_for_help),
    Rule("points_value", f"{_PROMOTING}第二十二条", PointsValue, mechanics.points_value),
    Rule("locked_points", _NO_DEPOSIT, LockedPoints, promises.locked_points),
    Rule("personal_price", "个人信息保护法第二十四条", PersonalPrice, mechanics.personal_price),
    Rule("seats_filled", f"{_REVIEWS}、{_PROMOTING}第五条", TeamPrice, teams.seats_filled),
    Rule("tiers_by_leader", "个人信息保护法第二十四条", TeamPrice, teams.tiers_by_leader),
    Rule(
        "team_money",
        f"{_CONSUMERS}第五十三条、{_PROMOTING}第五条",
        TeamPrice,
        teams.team_money,
    ),
    Rule("trial_review", f"{_REVIEWS}、广告法第十四条", FreeTrial, trials.trial_review),
)


def result_of(findings: Sequence[Finding]) -> str:
    """passed, warned or refused: the hardest of the findings."""
    if any(finding.severity == REFUSE for finding in findings):
        return REFUSED
    return WARNED if findings else PASSED


def judge(campaign: Campaign) -> Verdict:
    """What the rules say of a campaign. Each says the same thing once."""
    facts = list(campaign.facts())
    asked: list[str] = []
    findings: dict[Finding, None] = {}
    for rule in RULES:
        own = [fact for fact in facts if isinstance(fact, rule.about)]
        if own:
            asked.append(rule.code)
        for fact in own:
            for objection in rule.check(fact, campaign):
                finding = Finding(rule.code, objection.severity, objection.message, rule.source)
                findings[finding] = None
    return Verdict(tuple(asked), tuple(findings))
