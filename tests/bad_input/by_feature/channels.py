"""Write routes of channels and of the counter."""

from __future__ import annotations

from tests.bad_input.route import staff

CHANNEL = {
    "name": "西湖店门口",
    "kind": "store",
    "page": {"kind": "product", "id": "{product_id}"},
    "starts_at": "2031-01-01T00:00:00+08:00",
    "ends_at": "2031-02-01T00:00:00+08:00",
    "coupon_template_id": "{channel_template_id}",
    "point_id": "{point_id}",
    "note": "立牌",
}
REDEMPTION = {
    "code": "{counter_code}",
    "point_id": "{point_id}",
    "goods_fen": 5_000,
    "receipt_no": "0042",
}
_LOOSE = ("starts_at", "ends_at", "coupon_template_id", "point_id")
_ONE = "/channels/{channel_id}"

ROUTES = [
    staff("POST", "/channels", CHANNEL, *_LOOSE),
    staff("PUT", _ONE, {**CHANNEL, "name": "城西店"}, *_LOOSE),
    staff("PUT", f"{_ONE}/costs", {"day": "2026-03-01", "cost_fen": 5_000, "note": "印刷"}),
    staff("POST", f"{_ONE}/links", {"expire_days": 7}),
    staff("POST", "/counter/redemptions", REDEMPTION, "goods_fen", "receipt_no"),
    staff("POST", "/counter/redemptions/{redemption_id}/undo", {"reason": "扫错了"}),
]
