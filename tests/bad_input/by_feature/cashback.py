"""Write routes of cash for likes."""

from __future__ import annotations

from tests.bad_input.route import shopper, staff

CAMPAIGN = {
    "name": "晒单有礼",
    "text": "晒出真实评价",
    "rule_id": "{cash_rule_id}",
    "likes_needed": 10,
    "days": 7,
    "min_pictures": 1,
    "starts_at": "2031-01-01T00:00:00+08:00",
    "ends_at": "2031-02-01T00:00:00+08:00",
    "accept_warnings": True,
}
_ONE = "/cashback-campaigns/{cashback_campaign_id}"
BEGIN = {
    "campaign_id": "{cashback_campaign_id}",
    "review_id": "{cashback_review_id}",
    "device": "my-phone-1",
}
ROUTES = [
    shopper("POST", "/cashback-shows", BEGIN),
    shopper(
        "PUT",
        "/cashback-shows/{cashback_show_id}/like",
        {"share": "{cashback_share}", "device": "my-phone-1"},
    ),
    staff("POST", "/cashback-campaigns", CAMPAIGN),
    staff("PUT", _ONE, CAMPAIGN | {"replaces": 2}),
    staff("PUT", f"{_ONE}/enabled", {"enabled": False}),
    staff(
        "PUT",
        "/cashback-shows/{cashback_show_id}/decision",
        {"decision": "refuse", "reason": "同一批新帐号"},
    ),
]
