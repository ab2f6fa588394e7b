"""Rules of what names and texts say. Words alone are uncertain, so most of these only warn."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mall.compliance.campaigns import Campaign, Wording
from mall.compliance.objections import Objection, refuse, warn

_FORBIDDEN = re.compile(r"国家级|世界级|最高级|最佳(?!食用|饮用|赏味|使用)")
_SUPERLATIVE = re.compile(r"全国第一|全球第一|销量第一|顶级|极致|史无前例|独一无二|最优|最好")
_UNPROVABLE_PRICE = re.compile(
    r"(?:全网|全国|全球|全市场|市场|历史|史上)(?:上)?最低(?:价)?|全网底价"
)
_LOW_PRICE = re.compile(r"最低价|最便宜|跳楼价|清仓价|出厂价|批发价|成本价")
_SHARE_FOR = re.compile(r"(?:分享|转发|集赞|朋友圈|关注|邀请).{0,12}?(?:领|送|得|抽|奖|返|解锁)")
_FORCED = re.compile(r"(?:不转|不分享).{0,8}(?:不是|就不|后果)|(?:必须|强制)(?:分享|转发|关注)")
_HURRY = re.compile(r"限时|限期|最后\S{0,3}天|即将结束|仅此一天")
_LIMITED = re.compile(r"限量|仅剩|售完即止|抢完即止|送完即止|数量有限")


def absolute_words(wording: Wording, _: Campaign) -> Iterator[Objection]:
    """The words that the article names are refused; others of their kind warn."""
    for word in found(_FORBIDDEN, wording):
        yield refuse(f"文案不得使用绝对化用语“{word}”")
    for word in found(_SUPERLATIVE, wording):
        yield warn(f"“{word}”可能属于绝对化用语，须有依据")


def price_claims(wording: Wording, _: Campaign) -> Iterator[Objection]:
    """A price can't be shown to be the lowest of all shops; other claims need a ground."""
    claimed = found(_UNPROVABLE_PRICE, wording)
    for word in claimed:
        yield refuse(f"“{word}”无从比较，属于使人误解的价格手段")
    if not claimed:
        for word in found(_LOW_PRICE, wording):
            yield warn(f"“{word}”须有可核实的依据")


def sharing_words(wording: Wording, _: Campaign) -> Iterator[Objection]:
    """A text that seems to pay for sharing or following."""
    for word in found(_SHARE_FOR, wording):
        yield warn(f"“{word}”可能被认定为利诱分享或关注：好处须以好友的实际行为为前提")


def forcing_words(wording: Wording, _: Campaign) -> Iterator[Objection]:
    """Nobody is made to share."""
    for word in found(_FORCED, wording):
        yield refuse(f"“{word}”属于强制或胁迫分享")


def hurry_without_end(wording: Wording, campaign: Campaign) -> Iterator[Objection]:
    """What is limited in time says until when."""
    if campaign.ends_at is None:
        for word in found(_HURRY, wording):
            yield warn(f"文案写有“{word}”，但活动没有结束时间，须显著标明期限")


def limited_without_limit(wording: Wording, campaign: Campaign) -> Iterator[Objection]:
    """What is said to be scarce is."""
    if campaign.quantity is None:
        for word in found(_LIMITED, wording):
            yield warn(f"文案写有“{word}”，但活动没有数量上限，承诺须准确")


def found(pattern: re.Pattern[str], wording: Wording) -> list[str]:
    """What of a text fits the pattern, spaces left out: each once, sorted."""
    return sorted(set(pattern.findall("".join(wording.text.split()))))
