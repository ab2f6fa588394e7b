"""Write routes of screening, posters, commission and leaderboards."""

from __future__ import annotations

from tests.bad_input.route import shopper, staff

LAYOUT = {
    "width": 600,
    "height": 900,
    "boxes": [
        {"kind": "title", "x": 0, "y": 0, "width": 600, "height": 80},
        {"kind": "code", "x": 200, "y": 600, "width": 200, "height": 200},
    ],
}
DESIGN = {"name": "简洁", "page_kinds": ["product"], "layout": LAYOUT, "enabled": True}
POSTER = {
    "template_id": "{poster_template_id}",
    "page": {"kind": "product", "id": "{product_id}"},
}
LEADERBOARD = {
    "name": "邀新榜",
    "period": "week",
    "starts_at": "2031-01-01T00:00:00+08:00",
    "ends_at": "2031-02-01T00:00:00+08:00",
    "prizes": [{"first_rank": 1, "last_rank": 3, "rule_id": "{reward_rule_id}"}],
    "accept_warnings": True,
}
PLAN = {
    "name": "佣金比例",
    "rates": [{"scope": "all", "rate_bp": 1_000, "second_bp": 300}],
    "replaces": 0,
    "accept_warnings": True,
}
_BOARD = "/leaderboards/{leaderboard_id}"
_DECISION = {"decision": "hold", "reason": "核实"}

ROUTES = [
    shopper("PUT", "/me/device", {"device": "a device of mine"}),
    staff("PUT", "/referral-screenings/{binding_id}", _DECISION),
    staff("POST", "/referral-screenings/decisions", {**_DECISION, "binding_ids": ["{binding_id}"]}),
    shopper("POST", "/posters", POSTER),
    staff("POST", "/poster-templates", DESIGN),
    staff("PUT", "/poster-templates/{poster_template_id}", DESIGN),
    staff("POST", "/poster-previews", {"layout": LAYOUT}),
    staff("POST", "/commission-plans", PLAN),
    staff("POST", "/commission-lines/{commission_line_id}/void", {"reason": "作弊"}),
    staff("POST", "/leaderboards", LEADERBOARD, "starts_at"),
    staff("PUT", _BOARD, {**LEADERBOARD, "replaces": 1}, "starts_at"),
    staff("POST", f"{_BOARD}/stop", {"reason": "预算用完"}),
    staff(
        "PUT",
        f"{_BOARD}/periods/{{leaderboard_period_id}}/shoppers/{{user_id}}",
        {"excluded": True, "reason": "作弊"},
    ),
]
