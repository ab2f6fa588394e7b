"""The rules as a table: what passes, what warns, what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mall.compliance.campaigns import (
    FOLLOWED,
    INVITEE_LOGGED_IN,
    INVITEE_ORDERED,
    LEVEL,
    LIKED,
    NEW_CUSTOMERS,
    PRAISED,
    PROFILE,
    SHARE_OPENED,
    SHARED,
    STANDING,
    Assistance,
    BlindBox,
    Campaign,
    CashForHelp,
    Draw,
    FreeTrial,
    Gift,
    LockedPoints,
    PersonalPrice,
    PointsValue,
    Prize,
    PromoterEntry,
    ReducedPrice,
    Referral,
    Reward,
    TeamPrice,
    TeamTier,
)
from mall.compliance.rules import PASSED, REFUSED, RULES, WARNED, judge
from tests.conftest import ROOT

TRIAL = FreeTrial("护手霜", asks_review=True, review_is_marked=True)
END = datetime(2031, 1, 1, tzinfo=UTC)
START, LAST_DAY = END - timedelta(days=3), END - timedelta(days=1)
CAR = Prize("汽车", 5_000_001, quantity=1)
PAIR = (TeamTier(2, 90), TeamTier(5, 80))
BACK = ("24 小时内未成团的，已付金额原路全额退回",)
FILLS = TeamPrice("茶", (PAIR,), seats_filled=1)
DEARER = (PAIR, (TeamTier(5, 81), TeamTier(9, 70)))
CHEAPER = (PAIR, (TeamTier(6, 79), TeamTier(9, 70)))
LIKES = CashForHelp(LIKED, 9, 500, is_stated=True)
CUP = Prize("杯子", 1_000, chance_bp=6_000)

CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("absolute_words", REFUSED, {"name": "国 家 级品质"}),
    ("absolute_words", WARNED, {"name": "销量第一"}),
    ("absolute_words", PASSED, {"name": "最佳食用期 7 天"}),
    ("price_claims", REFUSED, {"name": "全网最低价"}),
    ("price_claims", WARNED, {"name": "出厂价直销"}),
    ("price_claims", PASSED, {"name": "满减"}),
    ("sharing_words", WARNED, {"texts": ("转发朋友圈即可领券",)}),
    ("sharing_words", PASSED, {"texts": ("领券下单",)}),
    ("forcing_words", REFUSED, {"name": "不转不是中国人"}),
    ("forcing_words", PASSED, {"name": "可以分享给好友"}),
    ("hurry_without_end", WARNED, {"name": "限时折扣"}),
    ("hurry_without_end", PASSED, {"name": "限时折扣", "ends_at": END}),
    ("limited_without_limit", WARNED, {"name": "限量抢购"}),
    ("limited_without_limit", PASSED, {"name": "限量抢购", "quantity": 5}),
    ("hurry_is_true", WARNED, {"name": "仅此一天", "starts_at": START, "ends_at": END}),
    ("hurry_is_true", PASSED, {"name": "仅此一天", "starts_at": LAST_DAY, "ends_at": END}),
    ("count_is_true", WARNED, {"name": "限量 100 份", "quantity": 99}),
    ("count_is_true", PASSED, {"name": "限量 100 份", "quantity": 100}),
    ("exaggerated_titles", WARNED, {"name": "百元现金天天领"}),
    ("exaggerated_titles", PASSED, {"name": "每天签到领积分"}),
    ("praise_for_money", REFUSED, {"name": "五星好评返现"}),
    ("praise_for_money", WARNED, {"texts": ("好评晒图送积分",)}),
    ("praise_for_money", PASSED, {"texts": ("发表评价得积分",)}),
    ("gain_promised", REFUSED, {"name": "保本增值"}),
    ("gain_promised", WARNED, {"name": "积分理财"}),
    ("gain_promised", PASSED, {"name": "积分定期"}),
    ("minors", REFUSED, {"texts": ("快让爸爸妈妈给你买",)}),
    ("minors", WARNED, {"name": "儿童节福袋", "mechanics": (BlindBox("袋", "各 50%"),)}),
    ("minors", PASSED, {"name": "儿童节满减"}),
    ("consent_by_default", WARNED, {"texts": ("下单默认开通会员",)}),
    ("consent_by_default", PASSED, {"texts": ("可选开通会员",)}),
    ("auto_renewal", WARNED, {"texts": ("首月 1 元，到期自动续费",)}),
    ("auto_renewal", PASSED, {"texts": ("到期自动续费，可随时取消",)}),
    ("no_returns", WARNED, {"texts": ("特价商品不退不换",)}),
    ("no_returns", PASSED, {"texts": ("七天无理由退货",)}),
    ("prepaid_terms", REFUSED, {"texts": ("充值 100 送 20，余额过期作废",)}),
    ("prepaid_terms", PASSED, {"texts": ("充值 100 送 20",)}),
    ("not_reduced", REFUSED, {"mechanics": (ReducedPrice("茶", 100, 100),)}),
    ("not_reduced", PASSED, {"mechanics": (ReducedPrice("茶", 99, 100),)}),
    ("price_basis", WARNED, {"mechanics": (ReducedPrice("茶", 90, 100, None, 90, 100),)}),
    ("price_basis", PASSED, {"mechanics": (ReducedPrice("茶", 89, 100, None, 90, 100),)}),
    ("struck_price", WARNED, {"mechanics": (ReducedPrice("茶", 50, 100, 101, None, 100),)}),
    ("struck_price", PASSED, {"mechanics": (ReducedPrice("茶", 50, 100, 100, None, 100),)}),
    ("struck_price", PASSED, {"mechanics": (ReducedPrice("茶", 50, 100, 101),)}),
    ("gift_terms", WARNED, {"mechanics": (Gift("杯子", None),)}),
    ("gift_terms", PASSED, {"mechanics": (Gift("杯子", 3),)}),
    ("reward_for_sharing", REFUSED, {"mechanics": (Reward(SHARED, "积分"),)}),
    ("reward_for_sharing", REFUSED, {"mechanics": (Reward(SHARE_OPENED, "积分"),)}),
    ("reward_for_sharing", REFUSED, {"mechanics": (Reward(FOLLOWED, "积分"),)}),
    ("reward_for_sharing", PASSED, {"mechanics": (Reward(INVITEE_ORDERED, "积分"),)}),
    ("reward_for_praise", REFUSED, {"mechanics": (Reward(PRAISED, "积分"),)}),
    ("reward_for_praise", PASSED, {"mechanics": (Reward("review_approved", "积分"),)}),
    ("trial_review", REFUSED, {"mechanics": (FreeTrial("护手霜", True, False),)}),
    ("trial_review", REFUSED, {"texts": ("收到后请给五星",), "mechanics": (TRIAL,)}),
    ("trial_review", REFUSED, {"texts": ("不得给差评",), "mechanics": (TRIAL,)}),
    ("trial_review", PASSED, {"texts": ("好评差评都可以，如实就好",), "mechanics": (TRIAL,)}),
    (
        "trial_review",
        PASSED,
        {"texts": ("请给五星",), "mechanics": (FreeTrial("茶", False, False),)},
    ),
    *(
        ("cash_for_help", REFUSED, {"ends_at": END, "mechanics": (form,)})
        for form in (
            *(CashForHelp(ground, 9, 500, True) for ground in (SHARED, SHARE_OPENED, FOLLOWED)),
            *(CashForHelp(ground, 9, 500, True) for ground in (PRAISED, INVITEE_LOGGED_IN)),
            CashForHelp(LIKED, None, 500, True),
            CashForHelp(LIKED, 9, None, True),
            CashForHelp(LIKED, 9, 500, False),
        )
    ),
    *(
        ("cash_for_help", REFUSED, {"ends_at": END, "texts": (text,), "mechanics": (LIKES,)})
        for text in (
            "随机现金",
            "5元起",
            "最高返 100 元",
            "瓜分现金",
            "分享到三个群",
            "转发给5位好友",
        )
    ),
    ("cash_for_help", WARNED, {"ends_at": END, "mechanics": (CashForHelp(LIKED, 99, 5, True),)}),
    ("cash_for_help", WARNED, {"mechanics": (LIKES,)}),
    ("cash_for_help", PASSED, {"ends_at": END, "mechanics": (LIKES,)}),
    (
        "cash_for_help",
        PASSED,
        {"ends_at": END, "texts": ("请好友点赞，满 9 位返 5 元",), "mechanics": (LIKES,)},
    ),
    ("chance_for_sharing", REFUSED, {"ends_at": END, "mechanics": (Draw((CUP,), (SHARED,)),)}),
    ("chance_for_sharing", PASSED, {"ends_at": END, "mechanics": (Draw((CUP,), ("order",)),)}),
    ("top_prize", REFUSED, {"ends_at": END, "mechanics": (Draw((CAR,)),)}),
    ("top_prize", PASSED, {"ends_at": END, "mechanics": (Draw((CUP,)),)}),
    ("prizes_published", REFUSED, {"ends_at": END, "mechanics": (Draw(()),)}),
    ("prizes_published", REFUSED, {"ends_at": END, "mechanics": (Draw((Prize("书", 1),)),)}),
    ("prizes_published", REFUSED, {"ends_at": END, "mechanics": (Draw((CUP, CUP)),)}),
    ("prizes_published", WARNED, {"mechanics": (Draw((CUP,)),)}),
    ("prizes_published", PASSED, {"ends_at": END, "mechanics": (Draw((CUP,)),)}),
    ("blind_box", REFUSED, {"mechanics": (BlindBox("福袋", ""),)}),
    ("blind_box", WARNED, {"mechanics": (BlindBox("福袋", "茶或糖"),)}),
    ("blind_box", PASSED, {"mechanics": (BlindBox("福袋", "茶 30%，糖 70%"),)}),
    ("referral", REFUSED, {"mechanics": (Referral(3),)}),
    ("referral", REFUSED, {"mechanics": (Referral(1, costs_to_join=True),)}),
    ("referral", REFUSED, {"mechanics": (Referral(1, pays_for_heads=True),)}),
    ("referral", REFUSED, {"mechanics": (Referral(1, pays_for_team_sales=True),)}),
    ("referral", WARNED, {"mechanics": (Referral(2),)}),
    ("referral", PASSED, {"mechanics": (Referral(1),)}),
    ("promoter_entry", REFUSED, {"mechanics": (PromoterEntry(STANDING, True, False),)}),
    ("promoter_entry", WARNED, {"mechanics": (PromoterEntry(STANDING, True, True),)}),
    ("promoter_entry", WARNED, {"mechanics": (PromoterEntry(LEVEL, True, False),)}),
    ("promoter_entry", PASSED, {"mechanics": (PromoterEntry(STANDING, False, False),)}),
    ("promoter_entry", REFUSED, {"mechanics": (PromoterEntry(LEVEL, False, True, True),)}),
    ("joining_words", WARNED, {"texts": ("缴纳 99 元即可成为推广员",)}),
    ("joining_words", WARNED, {"texts": ("购买礼包，即可升级为合伙人", "买满 500 元升级合伙人")}),
    ("joining_words", WARNED, {"texts": ("无入门费",)}),
    ("joining_words", PASSED, {"texts": ("无需购买商品即可成为推广员",)}),
    ("joining_words", PASSED, {"texts": ("不得以购买商品作为成为推广员的条件",)}),
    ("assistance", REFUSED, {"mechanics": (Assistance(None, True),)}),
    ("assistance", REFUSED, {"mechanics": (Assistance(3, False),)}),
    ("assistance", PASSED, {"mechanics": (Assistance(3, True),)}),
    ("points_value", REFUSED, {"mechanics": (PointsValue(10_000),)}),
    ("points_value", WARNED, {"mechanics": (PointsValue(5_000),)}),
    ("points_value", PASSED, {"mechanics": (PointsValue(100),)}),
    ("locked_points", REFUSED, {"name": "每月得 3 元", "mechanics": (LockedPoints(500, 30),)}),
    ("locked_points", REFUSED, {"texts": ("像存款一样",), "mechanics": (LockedPoints(500, 30),)}),
    ("locked_points", PASSED, {"texts": ("到期得 5 积分",), "mechanics": (LockedPoints(5, 3),)}),
    ("seats_filled", REFUSED, {"texts": BACK, "mechanics": (FILLS,)}),
    ("seats_filled", WARNED, {"texts": (*BACK, "可由商家补足名额"), "mechanics": (FILLS,)}),
    ("seats_filled", PASSED, {"texts": BACK, "mechanics": (TeamPrice("茶", (PAIR,)),)}),
    (
        "tiers_by_leader",
        REFUSED,
        {"texts": BACK, "mechanics": (TeamPrice("茶", DEARER, picks_set=True),)},
    ),
    (
        "tiers_by_leader",
        REFUSED,
        {
            "texts": BACK,
            "mechanics": (TeamPrice("茶", CHEAPER, picks_set=True, sets_are_open=False),),
        },
    ),
    (
        "tiers_by_leader",
        PASSED,
        {"texts": BACK, "mechanics": (TeamPrice("茶", CHEAPER, picks_set=True),)},
    ),
    ("tiers_by_leader", PASSED, {"texts": BACK, "mechanics": (TeamPrice("茶", DEARER),)}),
    ("team_money", WARNED, {"mechanics": (TeamPrice("茶", (PAIR,)),)}),
    (
        "team_money",
        REFUSED,
        {"texts": ("拼团失败款项概不返还",), "mechanics": (TeamPrice("茶", (PAIR,)),)},
    ),
    (
        "team_money",
        REFUSED,
        {"texts": ("未成团的货款转为余额",), "mechanics": (TeamPrice("茶", (PAIR,)),)},
    ),
    ("team_money", PASSED, {"texts": BACK, "mechanics": (TeamPrice("茶", (PAIR,)),)}),
    ("personal_price", REFUSED, {"mechanics": (PersonalPrice(PROFILE),)}),
    ("personal_price", PASSED, {"mechanics": (PersonalPrice(NEW_CUSTOMERS),)}),
]


@pytest.mark.parametrize(("rule", "result", "terms"), CASES)
def test_what_a_rule_says(rule: str, result: str, terms: dict[str, Any]) -> None:
    verdict = judge(Campaign(**{"kind": "x", "ref": "1", "name": "活动", **terms}))
    assert rule in verdict.rules
    assert verdict.result == result, verdict.findings
    assert {finding.rule for finding in verdict.findings} == (set() if result == PASSED else {rule})


def test_each_rule_is_in_the_table() -> None:
    codes = {rule.code for rule in RULES}
    for result in ({PASSED}, {WARNED, REFUSED}):
        assert {rule for rule, said, _ in CASES if said in result} == codes


def test_without_facts_no_rule_speaks() -> None:
    about_words = {rule.code for rule in RULES if rule.about.__name__ == "Wording"}
    assert set(judge(Campaign(kind="x", ref="1", name="活动")).rules) == about_words


def test_the_page_lists_each_rule_with_its_source() -> None:
    page = (ROOT / "docs" / "compliance.md").read_text()
    for rule in RULES:
        (line,) = [line for line in page.splitlines() if line.startswith(f"| `{rule.code}` |")]
        assert f"| {rule.source} |" in line
