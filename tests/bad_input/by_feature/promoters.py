"""Write routes of promoters, their lessons and growth rules."""

from __future__ import annotations

from tests.bad_input.route import shopper, staff

AGREEMENT = {
    "title": "推广员协议",
    "text": "加入免费，按实际成交获得佣金。",
    "replaces": 1,
    "in_force_at": "2031-01-01T00:00:00+08:00",
    "accept_warnings": False,
}
LESSON = {
    "name": "推广入门",
    "body": "只有真实成交才有佣金。",
    "questions": [{"text": "佣金何时结算？", "options": ["付款时", "完结后"], "answers": [1]}],
    "pass_at": 1,
    "position": 2,
}
GROWTH_RULE = {
    "name": "成长为达人",
    "opens": "level",
    "level_id": "{promoter_level_id}",
    "figures": [{"figure": "settled_orders", "label": "已完成订单", "at_least": 3}],
    "lesson_ids": ["{lesson_id}"],
    "accept_warnings": True,
}
MATERIAL = {
    "name": "秋茶上新",
    "text": "头采秋茶，一芽两叶。",
    "pictures": ["00000000000000000000000000000000.jpg"],
    "videos": ["00000000000000000000000000000000.mp4"],
    "sku_ids": ["{sku_id}"],
    "accept_warnings": False,
}
REASON = {"reason": "核实无误"}
_ONE = "/promoters/{promoter_id}"

ROUTES = [
    shopper("POST", "/promoter/application", {"agreement_version": 1, "note": "有三个群"}, "note"),
    shopper("PUT", "/promoter/agreement", {"agreement_version": 1}),
    shopper(
        "POST", "/promoter/lessons/{lesson_id}/attempts", {"version": 1, "answers": [[1], [0, 2]]}
    ),
    staff("POST", "/promoter-agreements", AGREEMENT, "in_force_at"),
    staff("POST", "/promoter-levels", {"name": "大师", "position": 90}),
    staff("PUT", "/promoter-levels/{promoter_level_id}", {"name": "大师", "position": 90}),
    staff("POST", "/promoter-lessons", {**LESSON, "enabled": True}),
    staff("PUT", "/promoter-lessons/{lesson_id}", {**LESSON, "replaces": 1}),
    staff("PUT", "/promoter-lessons/{lesson_id}/enabled", {"enabled": False}),
    staff("POST", "/promoter-growth-rules", {**GROWTH_RULE, "enabled": True}),
    staff("PUT", "/promoter-growth-rules/{growth_rule_id}", {**GROWTH_RULE, "replaces": 1}),
    staff("PUT", "/promoter-growth-rules/{growth_rule_id}/enabled", {"enabled": False}),
    staff(
        "POST",
        f"{_ONE}/decision",
        {"accept": True, **REASON, "level_id": "{promoter_level_id}"},
        *("reason", "level_id"),
    ),
    staff("POST", f"{_ONE}/block", REASON),
    staff("POST", f"{_ONE}/unblock", REASON),
    staff("POST", f"{_ONE}/ending", REASON),
    staff("POST", "/promoter-materials", {**MATERIAL, "enabled": True}),
    staff("PUT", "/promoter-materials/{material_id}", {**MATERIAL, "replaces": 1}),
    staff("PUT", "/promoter-materials/{material_id}/enabled", {"enabled": False}),
    staff("PUT", f"{_ONE}/level", {**REASON, "level_id": "{promoter_level_id}", "fixed": True}),
]
