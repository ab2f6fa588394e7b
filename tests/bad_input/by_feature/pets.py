"""Write routes of pets."""

from __future__ import annotations

from tests.bad_input.route import shopper, staff

SEASON = {
    "kind": "tree",
    "name": "种树领券",
    "text": "完成任务得肥料，施肥得成长值。",
    "starts_at": "2031-01-01T00:00:00+08:00",
    "ends_at": "2031-02-01T00:00:00+08:00",
    "feed_growth": 10,
    "daily_portions": 20,
    "water_growth": 5,
    "friend_growth": 2,
    "friend_waterings": 3,
    "decay": 3,
    "grace_days": 2,
    "floor": "stage",
    "places": 1000,
    "stages": [
        {"name": "种子", "threshold": 0},
        {
            "name": "小树",
            "threshold": 50,
            "picture": "https://example.com/tree.jpg",
            "worth_fen": 500,
            "rule_id": "{reward_rule_id}",
        },
    ],
}
NULLABLE = ("daily_portions", "places", "rule_id")
REVIEWED = {"replaces": 2, "accept_warnings": True}

ROUTES = [
    shopper("PUT", "/pet-seasons/{pet_season_id}/pet", {"name": "咪咪"}),
    shopper("POST", "/pet-seasons/{pet_season_id}/pet/feedings", {"portions": 2}),
    staff("POST", "/pet-seasons", SEASON, *NULLABLE),
    staff("PUT", "/pet-seasons/{pet_season_draft_id}", {**SEASON, "replaces": 1}, *NULLABLE),
    staff(
        "POST",
        "/pet-seasons/{pet_season_draft_id}/publication",
        {"replaces": 1, "accept_warnings": True},
    ),
    staff("POST", "/pet-seasons/{pet_season_id}/versions", {**SEASON, **REVIEWED}, *NULLABLE),
    staff("PUT", "/pet-seasons/{pet_season_id}/pause", {"paused": True}),
    staff("POST", "/pet-seasons/{pet_season_id}/end", {"reason": "供应商倒闭"}),
]
