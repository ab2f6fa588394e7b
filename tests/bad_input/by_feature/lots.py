"""Write routes of campaigns of lots."""

from __future__ import annotations

from tests.bad_input.route import shopper, staff

LOTS = {
    "name": "晒单抽奖",
    "text": "发表带图评价即可参与，不论星级。",
    "starts_at": "2031-01-01T00:00:00+08:00",
    "ends_at": "2031-01-08T00:00:00+08:00",
    "draws_at": "2031-01-09T00:00:00+08:00",
    "min_pictures": 2,
    "spu_ids": ["{product_id}"],
    "prizes": [
        {"name": "大奖", "worth_fen": 5000, "count": 5, "rule_id": "{reward_rule_id}"},
    ],
}

ROUTES = [
    shopper(
        "PUT",
        "/review-lots/{lot_campaign_id}/entry",
        {"review_id": "{review_id}", "nonce": "0123456789abcdef"},
    ),
    staff("POST", "/review-lots", LOTS),
    staff("PUT", "/review-lots/{lot_draft_id}", {**LOTS, "replaces": 1}),
    staff("PUT", "/review-lots/{lot_campaign_id}/pause", {"paused": True}),
    staff(
        "POST", "/review-lots/{lot_draft_id}/publication", {"replaces": 1, "accept_warnings": True}
    ),
    staff("POST", "/review-lots/{lot_campaign_id}/cancellation", {"reason": "供应商倒闭"}),
]
