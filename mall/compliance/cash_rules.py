"""Rules of cash for the help of friends (晒单返现): one form is allowed.

Allowed: friends act themselves (they open the page and press like, each once), so many as were
said, for an amount that was said. Refused: cash for sharing, for opening, for following or for
praise; a number or an amount that is open, drawn or said only afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mall.compliance.campaigns import LIKED, Campaign, CashForHelp, Wording
from mall.compliance.objections import Objection, refuse, warn
from mall.compliance.wording_rules import found

MANY_HELPERS = 30
_DRAWN = re.compile(
    r"随机|手气|抽取|抽奖|惊喜(?:金额|红包|现金)|神秘|盲盒|瓜分"
    r"|最高(?:可|能)?(?:返|得|领|获|拿|\d)|\d+元(?:起|不等)|金额不等"
)
_SHARE_PAID = re.compile(
    r"(?:分享|转发)(?:到|至|给|后|即|就|可|能|一下|好友|朋友圈|微信群|群聊?|后即|便){0,3}"
    r"(?:领|送|得|返|奖|现金|红包)"
)
_SHARE_COUNTED = re.compile(
    r"(?:分享|转发)[^，。；！？]{0,4}?[\d一二两三四五六七八九十]+[个位]?(?:群|朋友圈|次|好友|人)"
)


def cash_for_help(terms: CashForHelp, campaign: Campaign) -> Iterator[Objection]:
    """Only the helpers' own act, in a fixed number, for a fixed amount, all said before."""
    yield from _terms(terms)
    for text in (campaign.name, *campaign.texts):
        yield from _words(Wording(text))
    if terms.helpers is not None and terms.helpers > MANY_HELPERS:
        yield warn(f"需要 {terms.helpers} 位好友点赞，人数过多，可能被平台认定为利诱分享")
    if campaign.ends_at is None:
        yield warn("点赞返现须明示活动期限")


def _terms(terms: CashForHelp) -> Iterator[Objection]:
    if terms.ground != LIKED:
        yield refuse("现金只能以好友本人打开并点赞为条件，不得因分享、仅打开、关注或好评而返现")
    if terms.helpers is None:
        yield refuse("返现所需的点赞人数须固定")
    if terms.amount_fen is None:
        yield refuse("返现金额须固定，不得随机或视情况而定")
    if not terms.is_stated:
        yield refuse("返现的人数与金额须在分享之前明示")


def _words(wording: Wording) -> Iterator[Objection]:
    for word in found(_DRAWN, wording):
        yield refuse(f"“{word}”：返现金额须固定，不得以随机或不明确的结果利诱分享")
    for pattern in (_SHARE_PAID, _SHARE_COUNTED):
        for word in found(pattern, wording):
            yield refuse(f"“{word}”：不得以分享或转发本身作为返现的条件")
