"""Numbers of payouts and transfers: letters and digits, as WeChat wants them, never guessable."""

from __future__ import annotations

from mall.kernel.clock import SHOP_ZONE, utc_now
from mall.kernel.codes import draw_code


def new_payout_no() -> str:
    """A number for a payout: 25 letters and digits."""
    return new_number("M")


def new_bill_no() -> str:
    """A number under which WeChat knows a transfer: 25 letters and digits."""
    return new_number("T")


def new_number(prefix: str) -> str:
    """A number of 25 letters and digits, `prefix` (one of them) and the shop day first."""
    day = utc_now().astimezone(SHOP_ZONE).strftime("%Y%m%d")
    return prefix + day + draw_code(16)
