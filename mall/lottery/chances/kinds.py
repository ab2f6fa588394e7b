"""Names of chances: the kind of the reward, and why chances come and go."""

from __future__ import annotations

CHANCE = "lottery_chance"
"""The kind of the reward: {"kind": "lottery_chance", "what": "<lottery id>", "count": 2}."""
GRANT, BUY, DRAW, TAKE_BACK, RETURN = "grant", "buy", "draw", "take_back", "return"
"""Given as a reward; bought; used; taken back with the reward; returned for the points paid."""
BOX, BOX_BACK, BOX_KEPT = "box", "box_back", "box_kept"
"""A box order was paid; boxes of it go back for the money; they don't after all."""
LABELS = {
    GRANT: "获得机会",
    BUY: "积分兑换",
    DRAW: "抽奖",
    TAKE_BACK: "机会收回",
    RETURN: "未用退回",
    BOX: "购买盲盒",
    BOX_BACK: "盲盒退款",
    BOX_KEPT: "盲盒退款取消",
}
ENTRY_KINDS = tuple(LABELS)
