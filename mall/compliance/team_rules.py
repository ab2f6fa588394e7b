"""Rules of group-buy: seats that the shop fills, tiers by leader, the money of a failed team."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from mall.compliance.campaigns import Campaign, TeamPrice
from mall.compliance.objections import Objection, refuse, warn
from mall.pricing.benefits import plain_yuan

_FILLED = re.compile(r"商家.{0,8}?(?:补足|补位|补齐|凑)")
_FAILED = r"(?:未|没有?|不)(?:能)?(?:成团|拼成)|(?:拼团|成团|组团)(?:失败|不成功|未成功)"
_NO_MONEY = re.compile(
    rf"(?:{_FAILED}).{{0,16}}?(?:不(?:予|可|能|会)?(?:退|返还)|概不|转为|转入|折为)"
)
_MONEY = re.compile(rf"(?:{_FAILED}).{{0,16}}?(?:退|返还)")


def seats_filled(price: TeamPrice, campaign: Campaign) -> Iterator[Objection]:
    """A seat that the shop filled isn't passed off as a shopper, and shoppers know of it."""
    if not price.seats_filled:
        return
    if any(_FILLED.search(text) for text in campaign.texts):
        yield warn(
            f"{price.what}：每团可由商家补足 {price.seats_filled} 个名额，"
            "须如实标明为商家补足，不得显示为真实用户，也不得计入销量与参团人数"
        )
    else:
        yield refuse(f"{price.what}：商家补足名额的，须向消费者说明，否则属于虚构交易")


def tiers_by_leader(price: TeamPrice, _: Campaign) -> Iterator[Objection]:
    """Tiers that are offered by who the leader is stay a choice, and never cost more."""
    if not price.picks_set:
        return
    if not price.sets_are_open:
        yield refuse(f"{price.what}：按团长推荐档位的，须允许团长任选其他档位")
    for one, other in combinations(price.sets, 2):
        prices = {tier.size: tier.price_fen for tier in one}
        for tier in other:
            if prices.get(tier.size, tier.price_fen) != tier.price_fen:
                first, second = plain_yuan(prices[tier.size]), plain_yuan(tier.price_fen)
                yield refuse(
                    f"{price.what}：{tier.size} 人团按团长有 {first} 元与 {second} 元两种价格，"
                    "不得实行差别价格"
                )


def team_money(_: TeamPrice, campaign: Campaign) -> Iterator[Objection]:
    """It is said that a team which fails gets its money back, and it does."""
    if any(_NO_MONEY.search(text) for text in campaign.texts):
        yield refuse("拼团未成功的，须退回已付款项，不得约定不退或转作他用")
    elif not any(_MONEY.search(text) for text in campaign.texts):
        yield warn("须说明拼团未成功时已付款项如何退回")
