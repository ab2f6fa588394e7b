"""The rule set: each rule with its source. Rules are pure; docs/compliance.md lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mall.compliance import mechanic_rules as mechanics
from mall.compliance import wording_rules as wording
from mall.compliance.campaigns import (
    Assistance,
    Campaign,
    Draw,
    Fact,
    Gift,
    PersonalPrice,
    PointsValue,
    ReducedPrice,
    Referral,
    Reward,
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
        """passed, warned or refused: the hardest of the findings."""
        if any(finding.severity == REFUSE for finding in self.findings):
            return REFUSED
        return WARNED if self.findings else PASSED


_SHARING = "微信小程序平台运营规范 5.1（滥用分享）"
_PROMOTING = "规范促销行为暂行规定"
RULES = (
    Rule("absolute_words", "广告法第九条第（三）项", Wording, wording.absolute_words),
    Rule("price_claims", "价格法第十四条第（四）项", Wording, wording.price_claims),
    Rule("sharing_words", _SHARING, Wording, wording.sharing_words),
    Rule("forcing_words", _SHARING, Wording, wording.forcing_words),
    Rule("hurry_without_end", f"{_PROMOTING}第二十条", Wording, wording.hurry_without_end),
    Rule("limited_without_limit", "广告法第八条", Wording, wording.limited_without_limit),
    Rule("not_reduced", "价格法第十四条第（四）项", ReducedPrice, mechanics.not_reduced),
    Rule("price_basis", f"{_PROMOTING}第二十一条", ReducedPrice, mechanics.price_basis),
    Rule("struck_price", "价格法第十四条第（四）项", ReducedPrice, mechanics.struck_price),
    Rule("gift_terms", "广告法第八条", Gift, mechanics.gift_terms),
    Rule("reward_for_sharing", _SHARING, Reward, mechanics.reward_for_sharing),
    Rule("chance_for_sharing", _SHARING, Draw, mechanics.chance_for_sharing),
    Rule("top_prize", f"{_PROMOTING}第十七条、反不正当竞争法第十一条", Draw, mechanics.top_prize),
    Rule("prizes_published", f"{_PROMOTING}第十三条", Draw, mechanics.prizes_published),
    Rule("referral", "禁止传销条例第七条", Referral, mechanics.referral),
    Rule("assistance", _SHARING, Assistance, mechanics.assistance),
    Rule("points_value", f"{_PROMOTING}第二十二条", PointsValue, mechanics.points_value),
    Rule("personal_price", "个人信息保护法第二十四条", PersonalPrice, mechanics.personal_price),
)


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
