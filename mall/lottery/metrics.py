"""What an operator watches of lotteries."""

from __future__ import annotations

from prometheus_client import Counter

DRAWS = Counter("mall_lottery_draws_total", "Draws of lotteries, by what they brought", ["outcome"])
PRIZES = Counter(
    "mall_lottery_prizes_total", "Prizes that were won, by how giving went", ["outcome"]
)
RETURNS = Counter(
    "mall_lottery_returns_total",
    "Prizes that nobody claimed, by whether they went back into their lottery",
    ["outcome"],
)
