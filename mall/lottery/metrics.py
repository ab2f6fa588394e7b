"""What an operator watches of lotteries."""

from __future__ import annotations

from prometheus_client import Counter

DRAWS = Counter("mall_lottery_draws_total", "Draws of lotteries, by what they brought", ["outcome"])
PRIZES = Counter(
    "mall_lottery_prizes_total", "Prizes that were won, by how giving went", ["outcome"]
)
