"""What a shop owner decides of payouts: the scene that WeChat granted, and its limits."""

from __future__ import annotations

from mall.payouts.limits import COMPANY
from mall.settings import MessageTemplate, boolean, message_template, text, whole_number

OPEN = boolean(
    "payouts.open",
    default=False,
    label="通过微信商家转账发放现金奖励",
    help="商户号开通“商家转账”的现金营销场景并配置 IP 白名单后再打开；"
    "关闭时由员工线下打款并登记凭证。",
)
SCENE_ID = text(
    "payouts.scene_id",
    default="1000",
    pattern=r"[0-9A-Za-z_]{1,36}",
    at_most=36,
    label="现金奖励的转账场景 ID",
    help="商户平台“商家转账”里“现金营销”场景的 ID，默认 1000。",
)
SINGLE_MAX_FEN = whole_number(
    "payouts.single_max_fen",
    default=COMPANY.single_fen,
    at_least=10,
    at_most=100_000_000,
    unit="分",
    label="单笔转账上限",
    help="与商户平台的额度一致；微信默认单笔 200 元，可申请提高。",
)
DAY_MAX_FEN = whole_number(
    "payouts.day_max_fen",
    default=COMPANY.person_day_fen,
    at_least=10,
    at_most=100_000_000,
    unit="分",
    label="每人每日收款上限",
    help="与商户平台的额度一致；微信默认每人每日 2000 元（个体工商户 200 元）。",
)
MERCHANT_DAY_MAX_FEN = whole_number(
    "payouts.merchant_day_max_fen",
    default=COMPANY.merchant_day_fen,
    at_least=10,
    at_most=10_000_000_000,
    unit="分",
    label="商户每日转账上限",
    help="与商户平台的额度一致；微信默认每日 5 万元（个体工商户 5000 元）。",
)
MERCHANT_MONTH_MAX_FEN = whole_number(
    "payouts.merchant_month_max_fen",
    default=COMPANY.merchant_month_fen,
    at_least=10,
    at_most=1_000_000_000_000,
    unit="分",
    label="商户每月转账上限",
    help="与商户平台的额度一致；微信默认每月 3000 万元（个体工商户 10 万元）。",
)
READY_TEMPLATE = message_template(
    "payouts.ready_template",
    default=MessageTemplate(fields={"title": "thing1", "amount": "amount2", "note": "thing3"}),
    names=("title", "amount", "note"),
    label="有款项待领取的订阅消息模板",
    help="微信不会另行通知收款人，由本消息提醒；模板 ID 留空则只进入消息中心，"
    "page 例如 pages/payouts。",
)
SETTINGS = (
    OPEN,
    SCENE_ID,
    SINGLE_MAX_FEN,
    DAY_MAX_FEN,
    MERCHANT_DAY_MAX_FEN,
    MERCHANT_MONTH_MAX_FEN,
    READY_TEMPLATE,
)
