"""Names of chances: the kind of the reward, and why chances come and go."""

from __future__ import annotations

CHANCE = "lottery_chance"
"""The kind of the reward: {"kind": "lottery_chance", "what": "<lottery id>", "count": 2}."""
GRANT, BUY, DRAW, TAKE_BACK, RETURN = "grant", "buy", "draw", "take_back", "return"
"""Given as a reward; bought; used; taken back with the reward; returned for the points paid."""
LABELS = {
    GRANT: "获得机会",
    BUY: "积分兑换",
    DRAW: "抽奖",
    TAKE_BACK: "机会收回",
    RETURN: "未用退回",
}
ENTRY_KINDS = tuple(LABELS)
