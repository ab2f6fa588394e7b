"""What a shop owner decides of screening."""

from __future__ import annotations

from mall.settings import boolean, whole_number

HOLD_FROM = whole_number(
    "referral.hold_from",
    default=60,
    at_least=1,
    at_most=100,
    unit="分",
    label="邀请暂缓的风险分",
    help="风险分达到该值的邀请暂缓，奖励与佣金等待员工处理；分数越低越严格。",
)
SHADOW = boolean(
    "referral.screening_shadow",
    default=False,
    label="反作弊仅观察",
    help="打开后只打分、不暂缓，用于先观察分数是否合适；员工作废的邀请仍然无效。",
)
TRAIT_DAYS = whole_number(
    "referral.trait_days",
    default=180,
    at_least=30,
    at_most=730,
    unit="天",
    label="反作弊特征保留天数",
    help="设备、地址、电话只保存带密钥的摘要，到期删除。",
)
SETTINGS = (HOLD_FROM, SHADOW, TRAIT_DAYS)
