"""What an operator watches of cash for likes."""

from __future__ import annotations

from prometheus_client import Counter

SHOWS = Counter(
    "mall_cashback_shows_total",
    "Reviews shown for cash, by the state that they came to",
    ["status"],
)
LIKES = Counter("mall_cashback_likes_total", "Likes that counted")
