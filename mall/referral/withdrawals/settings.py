"""What a shop owner decides of withdrawals."""

from __future__ import annotations

from mall.payouts.limits import LEAST_FEN
from mall.settings import MessageTemplate, boolean, message_template, text, whole_number

BY_TRANSFER = boolean(
    "referral.withdrawal_by_transfer",
    default=False,
    label="佣金通过微信商家转账发放",
    help="商户号开通“商家转账”的佣金报酬场景并配置 IP 白名单后再打开；"
    "关闭时由员工线下打款并登记凭证。",
)
SCENE_ID = text(
    "referral.withdrawal_scene_id",
    default="1005",
    pattern=r"[0-9A-Za-z_]{1,36}",
    at_most=36,
    label="佣金提现的转账场景 ID",
    help="商户平台“商家转账”里“佣金报酬”场景的 ID，默认 1005。",
)
POST = text(
    "referral.withdrawal_post",
    default="推广员",
    pattern=r".{1,32}",
    at_most=32,
    label="佣金报酬的岗位类型",
    help="佣金报酬场景要求向微信报备的岗位类型，例如推广员。",
)
LEAST = whole_number(
    "referral.withdrawal_min_fen",
    default=100,
    at_least=LEAST_FEN,
    at_most=100_000_000,
    unit="分",
    label="单次提现最低金额",
    help="低于该金额不能提现；扣除手续费后不足 0.10 元的也不能提现。",
)
MOST = whole_number(
    "referral.withdrawal_max_fen",
    default=20_000,
    at_least=LEAST_FEN,
    at_most=100_000_000,
    unit="分",
    label="单次提现最高金额",
    help="通过微信转账时不要高于商户平台的单笔额度。",
)
FEE_BP = whole_number(
    "referral.withdrawal_fee_bp",
    default=0,
    at_least=0,
    at_most=5_000,
    unit="万分之一",
    label="提现手续费",
    help="按提现金额收取，100 即 1%，不足一分的部分不收。",
)
DAY_COUNT = whole_number(
    "referral.withdrawal_day_count",
    default=3,
    at_least=1,
    at_most=100,
    unit="次",
    label="每人每日提现次数",
    help="被拒绝、取消或未到账的不计入。",
)
DAY_MAX = whole_number(
    "referral.withdrawal_day_max_fen",
    default=200_000,
    at_least=LEAST_FEN,
    at_most=100_000_000,
    unit="分",
    label="每人每日提现金额",
    help="被拒绝、取消或未到账的不计入。",
)
AUTO_APPROVE_MAX = whole_number(
    "referral.withdrawal_without_staff_fen",
    default=0,
    at_least=0,
    at_most=100_000_000,
    unit="分",
    label="免审核的提现金额",
    help="不超过该金额的提现无需员工审核，需双人复核的除外；0 表示全部需要审核。",
)
FOUR_EYES = whole_number(
    "referral.withdrawal_four_eyes_above_fen",
    default=50_000,
    at_least=0,
    at_most=100_000_000,
    unit="分",
    label="需双人复核的提现金额",
    help="超过该金额的提现由一名员工提交、另一名员工复核；0 表示全部需要双人复核。",
)
ENDED_TEMPLATE = message_template(
    "referral.withdrawal_ended_template",
    default=MessageTemplate(fields={"result": "phrase1", "amount": "amount2", "note": "thing3"}),
    names=("result", "amount", "note"),
    label="提现未成功的订阅消息模板",
    help="模板 ID 留空则只进入消息中心，page 例如 pages/withdrawals。",
)
SETTINGS = (
    BY_TRANSFER,
    SCENE_ID,
    POST,
    LEAST,
    MOST,
    FEE_BP,
    DAY_COUNT,
    DAY_MAX,
    AUTO_APPROVE_MAX,
    FOUR_EYES,
    ENDED_TEMPLATE,
)
