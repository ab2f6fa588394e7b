"""Rules of what a campaign does: prices, gifts, rewards, draws, commission, points."""

from __future__ import annotations

from collections.abc import Iterator

from mall.compliance.campaigns import (
    FOLLOWED,
    PRAISED,
    PROFILE,
    SHARE_OPENED,
    SHARED,
    Assistance,
    Campaign,
    Draw,
    Gift,
    PersonalPrice,
    PointsValue,
    ReducedPrice,
    Referral,
    Reward,
)
from mall.compliance.objections import Objection, refuse, warn
from mall.pricing.benefits import plain_yuan

TOP_PRIZE_FEN = 5_000_000
MOST_LEVELS = 2
WHOLE_BP = 10_000
_SHALLOW = {SHARED: "分享", SHARE_OPENED: "好友仅打开分享", FOLLOWED: "关注"}
"""Grounds for which nothing may be given: nobody did more than to look."""


def not_reduced(price: ReducedPrice, _: Campaign) -> Iterator[Objection]:
    """A price that is called reduced is below the usual one."""
    if price.price_fen >= price.usual_price_fen:
        yield refuse(
            f"{price.what}：活动价 {plain_yuan(price.price_fen)} 元不低于日常售价"
            f" {plain_yuan(price.usual_price_fen)} 元，属于虚假降价"
        )


def price_basis(price: ReducedPrice, _: Campaign) -> Iterator[Objection]:
    """Compared with what was paid in the seven days before, it should still be a reduction."""
    lowest = price.lowest_deal_fen
    if lowest is not None and lowest <= price.price_fen < price.usual_price_fen:
        yield warn(
            f"{price.what}：活动价不低于前七日最低成交价（无成交则为此前最后一次）"
            f" {plain_yuan(lowest)} 元，"
            "须标明降价的比较基准"
        )


def struck_price(price: ReducedPrice, _: Campaign) -> Iterator[Objection]:
    """A struck-through price was asked for once."""
    listed, highest = price.list_price_fen, price.highest_price_fen
    if listed is not None and highest is not None and listed > highest:
        yield warn(
            f"{price.what}：划线价 {plain_yuan(listed)} 元在近九十日内没有成交记录"
            f"（最高 {plain_yuan(highest)} 元），须有依据"
        )


def gift_terms(gift: Gift, _: Campaign) -> Iterator[Objection]:
    """A gift says what it is and how many there are."""
    if gift.quantity is None:
        yield warn(f"赠品“{gift.what}”须标明数量")


def reward_for_sharing(reward: Reward, _: Campaign) -> Iterator[Objection]:
    """Nothing for the mere act of sharing or following, nor when somebody merely looks."""
    if reward.ground in _SHALLOW:
        yield refuse(f"不得因{_SHALLOW[reward.ground]}而给予{reward.what}")


def reward_for_praise(reward: Reward, _: Campaign) -> Iterator[Objection]:
    """Nothing for good reviews alone."""
    if reward.ground == PRAISED:
        yield refuse(f"不得以好评为条件给予{reward.what}")


def chance_for_sharing(draw: Draw, _: Campaign) -> Iterator[Objection]:
    """No chance in a draw for sharing or following."""
    for ground in draw.grounds:
        if ground in _SHALLOW:
            yield refuse(f"不得因{_SHALLOW[ground]}而给予抽奖机会")


def top_prize(draw: Draw, _: Campaign) -> Iterator[Objection]:
    """No prize is worth more than 50,000 yuan."""
    for prize in draw.prizes:
        if prize.worth_fen > TOP_PRIZE_FEN:
            yield refuse(f"奖品“{prize.what}”价值超过 50000 元，抽奖式有奖销售的最高奖不得超过")


def prizes_published(draw: Draw, campaign: Campaign) -> Iterator[Objection]:
    """Prizes, their number or chance, and the end of the draw are known before it starts."""
    if not draw.prizes:
        yield refuse("抽奖须公布奖品种类")
    for prize in draw.prizes:
        if prize.quantity is None and prize.chance_bp is None:
            yield refuse(f"奖品“{prize.what}”须公布数量或中奖概率")
    if sum(prize.chance_bp or 0 for prize in draw.prizes) > WHOLE_BP:
        yield refuse("各奖品中奖概率之和不得超过 100%")
    if campaign.ends_at is None:
        yield warn("抽奖须公布开奖或截止时间")


def referral(terms: Referral, _: Campaign) -> Iterator[Objection]:
    """At most two levels, free to join, paid by real sales alone."""
    if terms.levels > MOST_LEVELS:
        yield refuse(f"分销层级不得超过 {MOST_LEVELS} 级")
    elif terms.levels == MOST_LEVELS:
        yield warn("两级分销有被平台认定为多级分销的风险，建议一级")
    if terms.costs_to_join:
        yield refuse("不得以缴费或购买商品作为加入分销的条件")
    if terms.pays_for_heads:
        yield refuse("不得按发展人数计酬")
    if terms.pays_for_team_sales:
        yield refuse("不得按下线团队业绩计酬")


def assistance(terms: Assistance, _: Campaign) -> Iterator[Objection]:
    """How many helpers it takes, and what comes of it, is fixed and said."""
    if terms.helpers is None:
        yield refuse("助力活动须明示所需人数")
    if not terms.result_is_stated:
        yield refuse("助力活动须明示结果，不得以随机或不明确的结果利诱分享")


def points_value(points: PointsValue, _: Campaign) -> Iterator[Objection]:
    """Points are worth less than the money that earned them."""
    if points.worth_bp >= WHOLE_BP:
        yield refuse("每消费一元所得积分的抵扣价值不得达到或超过一元")
    elif points.worth_bp >= WHOLE_BP // 2:
        yield warn("积分抵扣价值达到消费额的一半以上，请确认折算办法")


def personal_price(price: PersonalPrice, _: Campaign) -> Iterator[Objection]:
    """No price by what a single shopper did or uses."""
    if price.basis == PROFILE:
        yield refuse("不得依据用户画像对个人实行不合理的差别价格")
