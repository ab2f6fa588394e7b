"""What a shop owner decides of rewards."""

from __future__ import annotations

from mall.kernel.money import MAX_FEN
from mall.settings import whole_number

APPROVAL_ABOVE_FEN = whole_number(
    "rewards.approval_above_fen",
    default=0,
    at_least=0,
    at_most=MAX_FEN,
    unit="分",
    label="手工发放奖励需他人审批的金额",
    help="员工一天内按同一规则手工发放的奖励成本超过这个金额时，须由另一名员工审批；"
    "无法估算成本的奖励一律审批；0 表示无需审批。",
    permission="reward:approve",
)
SETTINGS = (APPROVAL_ABOVE_FEN,)
