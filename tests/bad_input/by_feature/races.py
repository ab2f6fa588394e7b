"""Write routes of team races."""

from __future__ import annotations

from tests.bad_input.route import shopper, staff

RACE = {
    "name": "三人团队赛",
    "text": "组队攒积分，名次由全队总分决定。",
    "starts_at": "2031-01-01T00:00:00+08:00",
    "ends_at": "2031-02-01T00:00:00+08:00",
    "joins_until": "2031-01-10T00:00:00+08:00",
    "team_size": 3,
    "wait_h": 24,
    "scores": [
        {"kind": "check_in", "points": 5},
        {"kind": "mission", "points": 20, "mission_id": "{mission_id}"},
    ],
    "prizes": [{"first_rank": 1, "last_rank": 3, "rule_id": "{race_rule_id}"}],
}
NULLABLE = ("scores.1.mission_id",)

ROUTES = [
    shopper("POST", "/races/{race_id}/team", {"name": "向前冲", "matchable": True}),
    shopper("POST", "/races/{race_id}/team/joining", {"code": "{race_code}"}),
    staff("POST", "/races", RACE, *NULLABLE),
    staff("PUT", "/races/{race_draft_id}", {**RACE, "replaces": 1}, *NULLABLE),
    staff(
        "POST",
        "/races/{race_draft_id}/publication",
        {"replaces": 1, "accept_warnings": True},
    ),
    staff("PUT", "/races/{race_id}/pause", {"paused": True}),
    staff("POST", "/races/{race_id}/end", {"reason": "供应商违规"}),
    staff("PUT", "/races/{race_id}/teams/{race_team_id}", {"excluded": True, "reason": "刷分"}),
]
