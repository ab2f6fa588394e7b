"""Write routes of reviews and of votes on them."""

from __future__ import annotations

from tests.bad_input.route import shopper, staff

PICTURE = "0123456789abcdef0123456789abcdef.jpg"
VIDEO = "0123456789abcdef0123456789abcdef.mp4"
REVIEW = {
    "goods_stars": 5,
    "logistics_stars": 4,
    "service_stars": 5,
    "text": "料子很舒服",
    "pictures": [PICTURE],
    "video": VIDEO,
    "anonymous": True,
    "tags": ["质量很好"],
}
_MINE = "/my-reviews/{review_id}"

ROUTES = [
    shopper("POST", "/orders/{order_no}/lines/{number}/review", REVIEW, "video"),
    shopper("PUT", _MINE, REVIEW, "video"),
    shopper("PUT", f"{_MINE}/follow-up", {"text": "用了一个月", "pictures": [PICTURE]}),
    shopper("PUT", "/reviews/{review_id}/vote", {"helpful": True}),
    staff("PUT", "/reviews/{review_id}/reply", {"text": "感谢支持"}),
    staff("POST", "/review-tasks/{review_id}/closing", {"note": "已电话沟通"}),
]
