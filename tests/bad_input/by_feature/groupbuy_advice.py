"""Write routes of the advice on tiers."""

from __future__ import annotations

from tests.bad_input.route import staff

ADVICE = {
    "spu_id": "{product_id}",
    "sku_ids": ["{sku_id}"],
    "floor_margin_bp": 2_000,
    "min_size": 2,
    "max_size": 9,
    "most_tiers": 3,
    "least_reduction_bp": 100,
    "most_reduction_bp": 3_000,
    "open_hours": [6, 24],
    "stock": 100,
    "days": 7,
    "fee_bp": 60,
    "failed_team_fen": 100,
}

ROUTES = [staff("POST", "/group-advice", ADVICE, "stock")]
