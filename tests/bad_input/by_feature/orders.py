"""Write routes of carts, orders, after-sales, parcels."""

from __future__ import annotations

from tests.bad_input.route import shopper, staff

READDRESS = {
    "receiver": "王小明",
    "phone": "13800138000",
    "region_code": "330106",
    "detail": "文一西路 100 号",
    "reason": "买家写错地址",
    "accept_dearer_freight": False,
    "dry_run": False,
}
PRICE = {"goods_payable_fen": 4000, "freight_fen": 0, "reason": "老客户优惠"}
PRICE_OF_LINES = {
    "lines": [{"line_id": "{line_id}", "payable_fen": 4000}],
    "freight_fen": 0,
    "reason": "老客户优惠",
}
LINES = [{"sku_id": "{sku_id}", "quantity": 2}]
PICTURE = "0123456789abcdef0123456789abcdef.jpg"
VIDEO = "0123456789abcdef0123456789abcdef.mp4"
NOTE = {"text": "少了一个", "pictures": [PICTURE], "videos": [VIDEO]}
RETURN_ADDRESS = {
    "receiver": "退货部",
    "phone": "0571-88886666",
    "address": "浙江省杭州市西湖区文一西路 1 号",
}
PICKUP_POINT = {
    "name": "西湖店",
    "region_code": "330106",
    "location": "文三路 1 号",
    "service_phone": "0571-88880000",
    "opening_hours": "9:00-21:00",
    "is_open": True,
}

ROUTES = [
    shopper("POST", "/cart/lines", LINES[0]),
    shopper("PUT", "/cart/lines/{sku_id}", {"quantity": 1}),
    shopper("POST", "/quotes", {"lines": LINES, "address_id": "{address_id}"}),
    shopper("POST", "/quotes", {"cart": True}),
    shopper(
        "POST",
        "/orders",
        {
            "lines": LINES,
            "address_id": "{address_id}",
            "expected_payable_fen": 10000,
            "remark": "快点",
            "choices": {"coupons": "best"},
        },
    ),
    shopper(
        "POST",
        "/orders/{order_no}/after-sale-previews",
        {"kind": "refund_only", "lines": [{"line_id": "{line_id}", "quantity": 1}]},
    ),
    shopper(
        "POST",
        "/orders/{order_no}/after-sales",
        {
            "kind": "refund_only",
            "lines": [{"line_id": "{line_id}", "quantity": 1}],
            "reason": "damaged",
            "description": "破了",
            "pictures": [PICTURE],
            "videos": [VIDEO],
        },
    ),
    shopper(
        "POST",
        "/after-sales/{after_sale_no}/return-shipment",
        {"carrier_code": "ZTO", "tracking_no": "ZTO7654321"},
    ),
    shopper("POST", "/orders/{order_no}/dispute-notes", NOTE),
    shopper("PUT", "/orders/{order_no}/address", {"address_id": "{address_id}", "dry_run": False}),
    staff("POST", "/orders/lookups", {"phone": "13800138000", "receiver": "王小明", "limit": 5}),
    staff("POST", "/orders/{unpaid_no}/cancellation", {"reason": "买家要求"}),
    staff("PUT", "/orders/{unpaid_no}/price", PRICE),
    staff("PUT", "/orders/{unpaid_no}/price", PRICE_OF_LINES),
    staff("PUT", "/orders/{order_no}/address", READDRESS),
    staff("POST", "/orders/{order_no}/dispute-notes", NOTE),
    staff("PUT", "/return-address", RETURN_ADDRESS),
    staff(
        "POST",
        "/after-sales/{after_sale_no}/approval",
        {"word": "好", "return_address": RETURN_ADDRESS},
        "return_address",
    ),
    staff(
        "POST",
        "/after-sales/{after_sale_no}/offer",
        {"amount_fen": 100, "word": "好", "return_address": RETURN_ADDRESS},
        "return_address",
    ),
    staff("POST", "/after-sales/{after_sale_no}/refusal", {"word": "已签收"}),
    staff("POST", "/after-sales/{after_sale_no}/receipt", {"resellable": True, "word": "好"}),
    staff("PUT", "/orders/{order_no}/note", {"note": "加急"}),
    staff(
        "POST",
        "/orders/{order_no}/refund-previews",
        {
            "lines": [{"line_id": "{line_id}", "quantity": 1, "amount_fen": 100}],
            "freight_fen": 0,
        },
    ),
    staff("POST", "/payment-discrepancies/{discrepancy_id}/resolution", {"resolution": "已核对"}),
    staff(
        "POST",
        "/payment-discrepancies/{discrepancy_id}/refund",
        {
            "lines": [{"line_id": "{line_id}", "quantity": 1, "amount_fen": 100}],
            "freight_fen": 0,
            "reason": "商户平台退款",
        },
    ),
    staff(
        "POST",
        "/orders/{order_no}/refunds",
        {
            "lines": [{"line_id": "{line_id}", "quantity": 1, "amount_fen": 100}],
            "freight_fen": 0,
            "reason": "少发",
        },
    ),
    staff(
        "POST",
        "/orders/{order_no}/shipments",
        {
            "carrier_code": "ZTO",
            "tracking_no": "ZTO1234567",
            "lines": [{"line_id": "{line_id}", "quantity": 1}],
        },
        "lines",
    ),
    staff(
        "PUT",
        "/orders/{order_no}/shipments/{number}",
        {"carrier_code": "ZTO", "tracking_no": "ZTO1234567"},
    ),
    staff("POST", "/pickup-points", PICKUP_POINT),
    staff("PUT", "/pickup-points/{point_id}", PICKUP_POINT),
    staff("PUT", "/pickup-points/{point_id}/staff", {"staff_ids": ["{staff_id}"]}),
    staff("POST", "/pickups/redemptions", {"code": "{pickup_code}", "point_id": "{point_id}"}),
    staff(
        "POST",
        "/reconciliations/{day}/findings/{finding_id}/resolution",
        {"resolution": "已核对"},
    ),
]
