"""Write routes of communities and hidden coupons."""

from __future__ import annotations

from tests.bad_input.route import shopper, staff

TIMES = {"starts_at": "2031-11-01T00:00:00+08:00", "ends_at": "2031-11-12T00:00:00+08:00"}
HIDDEN = {
    "name": "群内隐藏券",
    "phrase": "暗号芝麻开门吧",
    "rule_id": "{reward_rule_id}",
    **TIMES,
    "places": 100,
}
PUBLICATION = {"replaces": 1, "accept_warnings": True}
MISSION = {
    "name": "一起下单",
    "rules": "一起下单满十单，每人一张券。",
    "counts": "settled_orders",
    "target": 10,
    "rule_id": "{reward_rule_id}",
    **TIMES,
}

ROUTES = [
    shopper("POST", "/hidden-coupon-claims", {"phrase": "芝麻芝麻开门"}),
    shopper("POST", "/communities", {"code": "{community_code}"}),
    staff("POST", "/hidden-coupons", HIDDEN, "phrase"),
    staff("PUT", "/hidden-coupons/{hidden_draft_id}", {**HIDDEN, "replaces": 1}, "phrase"),
    staff("POST", "/hidden-coupons/{hidden_draft_id}/publication", PUBLICATION),
    staff("PUT", "/hidden-coupons/{hidden_coupon_id}/pause", {"paused": True}),
    staff("POST", "/communities", {"name": "老客户群"}),
    staff("POST", "/communities/{community_id}/missions", MISSION),
    staff("PUT", "/community-missions/{community_draft_id}", {**MISSION, "replaces": 1}),
    staff("POST", "/community-missions/{community_draft_id}/publication", PUBLICATION),
    staff("PUT", "/community-missions/{community_mission_id}/pause", {"paused": True}),
    staff("POST", "/community-missions/{community_mission_id}/end", {"reason": "供应商停产"}),
]
