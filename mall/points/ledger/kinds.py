"""Kinds of entries, with what shoppers read about them."""

from __future__ import annotations

ADJUST, REWARD, EARN = "adjust", "reward", "earn"
SHEET, OPENING = "sheet", "opening"
MAKE_UP_CARD = "makeup_card"
HOLD, SETTLE, RELEASE, RETURN = "hold", "settle", "release", "return"
TILL_GRANT, TILL_TAKE, TILL_UNDO = "till_grant", "till_take", "till_undo"
LOCK, UNLOCK, LOCK_GAIN = "lock", "unlock", "lock_gain"
LOTTERY_CHANCE, LOTTERY_RETURN = "lottery_chance", "lottery_return"
THAW, REVERSE, REPAY, EXPIRE, FORFEIT = "thaw", "reverse", "repay", "expire", "forfeit"

LABELS = {
    ADJUST: "人工调整",
    REWARD: "奖励",
    EARN: "下单得积分",
    SHEET: "积分发放",
    OPENING: "期初积分",
    MAKE_UP_CARD: "兑换补签卡",
    HOLD: "下单占用",
    SETTLE: "消费抵扣",
    RELEASE: "占用退回",
    RETURN: "退款退回",
    TILL_GRANT: "门店发放",
    TILL_TAKE: "门店抵扣",
    TILL_UNDO: "门店撤销",
    LOCK: "积分锁定",
    UNLOCK: "锁定结束退回",
    LOCK_GAIN: "锁定奖励",
    LOTTERY_CHANCE: "兑换抽奖机会",
    LOTTERY_RETURN: "抽奖机会退回",
    THAW: "积分到账",
    REVERSE: "积分收回",
    REPAY: "抵扣欠分",
    EXPIRE: "积分过期",
    FORFEIT: "账号注销作废",
}
KINDS = tuple(LABELS)
