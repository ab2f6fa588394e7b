"""Order numbers: 20 digits, the shop's date and time first, then eight at random.

They sort by time and can't be guessed one from another; the unique constraint is what
makes them unique, so a collision is simply drawn again.
"""

from __future__ import annotations

import secrets

from mall.kernel.clock import SHOP_ZONE, utc_now


def draw_order_no() -> str:
    """A new number, by the host's clock: it is a label, not a deadline."""
    moment = utc_now().astimezone(SHOP_ZONE).strftime("%y%m%d%H%M%S")
    return f"{moment}{secrets.randbelow(10**8):08d}"
