"""Names of blind boxes, and what a shopper confirms."""

from __future__ import annotations

PARTICIPANT = "blind_box"
"""By which boxes join an order; its choice is the lottery's id."""
DELIVER, RESTOCK = "boxes.deliver", "boxes.restock"
RETURN_DAYS = 7
"""So long after its delivery an unopened box is taken back without a reason."""
MOST = 50
"""Boxes that are bought at once."""
NOTICE = (
    "我已年满 18 周岁，或已满 8 周岁并取得监护人同意；我已阅读盲盒内容、概率与价格，"
    f"知悉未拆的盲盒 {RETURN_DAYS} 日内可全额退款，拆开后不支持无理由退货。"
)
"""What a shopper confirms to buy a box (盲盒经营行为规范指引（试行）, 2023)."""
