"""Rules of how shoppers become promoters: free of cost, tied to no purchase, not by recruiting."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mall.compliance.campaigns import STANDING, Campaign, PromoterEntry, Wording
from mall.compliance.objections import Objection, refuse, warn
from mall.compliance.wording_rules import found

_PROMOTER = r"(?:推广员|分销员|分销商|代理商?|合伙人)"
_NOT = r"(?<!无需)(?<!无须)(?<!不用)(?<!不需)(?<!不得以)(?<!不以)(?<!免)(?<!无关)"
_BUY_IN = re.compile(
    rf"{_NOT}(?:缴纳|缴费|交费|付费|充值|购买|买满|消费满?|下单)[^，。；！？]{{0,14}}?"
    rf"(?:成为|加入|升级|开通)[^，。；！？]{{0,6}}?{_PROMOTER}"
)
_FEE = re.compile(r"(?:入门费|加盟费|代理费|人头费|拉人头|发展下线)")


def promoter_entry(entry: PromoterEntry, _: Campaign) -> Iterator[Objection]:
    """Buying is never the only way in; levels aren't had by recruiting."""
    if entry.counts_recruits:
        yield refuse("不得以发展推广员的人数作为资格或等级的条件")
    if not entry.takes_purchase:
        return
    if entry.opens == STANDING and not entry.free_way:
        yield refuse("不得以购买商品作为成为推广员的条件：免费申请暂停期间，不能以购买为门槛")
    elif entry.opens == STANDING:
        yield warn("以购买为门槛的成长规则只能与免费申请并存，宣传时不得表述为加入条件")
    else:
        yield warn("等级以购买为门槛，须确认不构成变相要求推广员购买商品")


def joining_words(wording: Wording, _: Campaign) -> Iterator[Objection]:
    """A text that seems to ask for money, for a purchase or for recruits."""
    for word in found(_BUY_IN, wording):
        yield warn(f"“{word}”可能被认定为以缴费或购买商品作为加入分销的条件")
    for word in found(_FEE, wording):
        yield warn(f"“{word}”涉及入门费或拉人头，除禁止性说明外不得出现")
