"""Write routes of ladders."""

from __future__ import annotations

from tests.bad_input.route import staff

LADDER = {
    "name": "邀新有礼",
    "text": "朋友首单完成后双方都有积分",
    "mode": "ladder",
    "starts_at": "2031-01-01T00:00:00+08:00",
    "ends_at": "2031-02-01T00:00:00+08:00",
    "rungs": [
        {"side": "inviter", "threshold": 2, "times": 3, "rule_id": "{reward_rule_id}"},
        {"side": "invitee", "threshold": 1, "times": 1, "rule_id": "{reward_rule_id}"},
    ],
    "accept_warnings": True,
}
PRESET = {
    "name": "一带二",
    "mode": "one_to_two",
    "ends_at": "2031-02-01T00:00:00+08:00",
    "starts_at": "2031-01-01T00:00:00+08:00",
    "inviter_rule_id": "{reward_rule_id}",
    "invitee_rule_id": "{reward_rule_id}",
    "times": 5,
}
_ONE = "/ladder-campaigns/{ladder_campaign_id}"

ROUTES = [
    staff("POST", "/ladder-campaigns", LADDER, "starts_at"),
    staff("POST", "/ladder-campaigns", PRESET, "starts_at"),
    staff("PUT", _ONE, {**LADDER, "replaces": 1}, "starts_at"),
    staff("POST", f"{_ONE}/stop", {"reason": "预算用完"}),
]
