"""Pure rules of shipping."""

from __future__ import annotations

from collections.abc import Iterable

MAX_PARCELS = 15
MAX_DESCRIPTION = 120
MAX_ATTEMPTS = 24
RETRY_S = (5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600)
"""Seconds between the tries of a shipping report."""
NEEDS_CONTACT = frozenset({"SF"})
"""WeChat tracks these only with the last digits of a phone."""

TRACKING_NO = r"[0-9A-Za-z][0-9A-Za-z-]{3,63}"
"""The form of a carrier's number."""

COLLECTED = "PICKUP"
"""The carrier of what the shopper collected: none."""

COMMON_CARRIERS = {
    "SF": "顺丰速运",
    "ZTO": "中通快递",
    "YTO": "圆通速递",
    "STO": "申通快递",
    "YD": "韵达速递",
    "JTSD": "极兔速递",
    "JD": "京东快递",
    "EMS": "邮政EMS",
    "YZPY": "邮政快递包裹",
    "DBL": "德邦快递",
}
"""Known without asking WeChat, so that a fresh mall can ship. Codes are WeChat's delivery ids."""


def describe_goods(goods: Iterable[tuple[str, int]]) -> str:
    """What is in a parcel, `name×quantity` each, within WeChat's 120 characters."""
    description = "；".join(f"{' '.join(name.split())}×{quantity}" for name, quantity in goods)
    if len(description) <= MAX_DESCRIPTION:
        return description or "商品"
    return description[: MAX_DESCRIPTION - 1] + "…"
