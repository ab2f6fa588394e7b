"""What may join a team's price."""

from __future__ import annotations

from mall.pricing.quote import Lane

POINTS = "points"
STACKABLE = {
    "promotions": Lane.PROMOTION,
    "coupons": Lane.COUPON,
    POINTS: Lane.POINTS,
}
"""What an activity may let join the team's price, and the lane of each."""
