"""Numbers under which WeChat knows our payments and refunds.

Letters and digits only, which suits every rule of WeChat Pay, and never guessable.
"""

from __future__ import annotations

from mall.kernel.clock import SHOP_ZONE, utc_now
from mall.kernel.codes import draw_code


def new_out_trade_no() -> str:
    """A number for a payment attempt: 25 letters and digits, 79 of its bits random."""
    return _number("P")


def new_refund_no() -> str:
    """A number for a refund: 25 letters and digits."""
    return _number("R")


def out_refund_no(refund_no: str, generation: int) -> str:
    """What WeChat calls a refund: a new number after each one that WeChat closed."""
    return refund_no if generation == 0 else f"{refund_no}G{generation}"


def _number(prefix: str) -> str:
    day = utc_now().astimezone(SHOP_ZONE).strftime("%Y%m%d")
    return prefix + day + draw_code(16)
