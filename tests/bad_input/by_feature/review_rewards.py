"""Write routes of rewards for reviews."""

from __future__ import annotations

from tests.bad_input.route import shopper, staff

REWARD = {
    "kind": "picture",
    "rule_id": "{reward_rule_id}",
    "text": "每张实拍图 10 积分",
    "min_characters": 10,
    "min_pictures": 1,
    "at_most": 5,
    "after_settling": False,
    "accept_warnings": True,
    "enabled": False,
}
_ONE = "/review-rewards/{review_reward_id}"
_CHANGE = {name: value for name, value in REWARD.items() if name not in ("kind", "enabled")}
DRAFT = {
    "order_no": "{order_no}",
    "position": 1,
    "text": "颜色很正，做工不错",
    "pictures": ["a.jpg"],
    "video": "a.mp4",
}

ROUTES = [
    staff("POST", "/review-rewards", REWARD),
    staff("PUT", _ONE, {**_CHANGE, "replaces": 1}),
    staff("PUT", f"{_ONE}/enabled", {"enabled": True}),
    shopper("POST", "/reviews/preview", DRAFT, "video"),
]
