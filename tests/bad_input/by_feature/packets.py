"""Write routes of expanding red packets."""

from __future__ import annotations

from tests.bad_input.route import staff

CAMPAIGN = {
    "name": "双十一膨胀红包",
    "rules": "每天签到红包变大。",
    "warm_first": "2031-11-01",
    "warm_last": "2031-11-07",
    "sale_first": "2031-11-11",
    "sale_last": "2031-11-12",
    "values_fen": [500, 800, 1200],
    "threshold_fen": 10000,
    "packets": 100,
    "budget_fen": 100000,
}
NULLABLE = ("packets", "budget_fen")

ROUTES = [
    staff("POST", "/packet-campaigns", CAMPAIGN, *NULLABLE),
    staff("PUT", "/packet-campaigns/{packet_draft_id}", {**CAMPAIGN, "replaces": 1}, *NULLABLE),
    staff(
        "POST",
        "/packet-campaigns/{packet_draft_id}/publication",
        {"replaces": 1, "accept_warnings": True},
    ),
    staff("PUT", "/packet-campaigns/{packet_campaign_id}/pause", {"paused": True}),
    staff("POST", "/packet-campaigns/{packet_campaign_id}/end", {"reason": "供应商倒闭"}),
]
