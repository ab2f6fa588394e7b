"""Write routes of shoppers, staff, settings, approvals, messages."""

from __future__ import annotations

from tests.bad_input.route import shopper, staff

TEMPLATE = {"template_id": "tpl", "fields": {"coupon": "thing1"}, "page": "pages/coupons"}
ADDRESS = {
    "receiver": "王小明",
    "phone": "13800138000",
    "region_code": "330106",
    "detail": "文一西路 100 号",
    "is_default": True,
}
ROLE = {"name": "仓库", "permissions": ["order:read"]}

ROUTES = [
    shopper("POST", "/me/closure", {"confirm": True}),
    shopper("POST", "/sessions", {"code": "0a3xYz", "attribution": {"scene": 1047}}, who="http"),
    shopper(
        "PUT",
        "/me",
        {"nickname": "小明", "avatar_url": "https://a.example/x.png"},
        "nickname",
        "avatar_url",
    ),
    shopper("PUT", "/me/phone", {"code": "0a3xYz"}),
    shopper("POST", "/addresses", ADDRESS),
    shopper("PUT", "/addresses/{address_id}", ADDRESS),
    shopper("POST", "/subscriptions", {"results": {"tmpl": "accept"}}),
    shopper("PUT", "/messages/preferences", {"marketing": True}),
    shopper("PUT", "/messages/inbox/read", {"up_to": "{sku_id}"}),
    staff("POST", "/sessions", {"username": "boss", "password": "Correct1Horse"}, who="http"),
    staff(
        "PUT",
        "/me/password",
        {"current_password": "Correct1Horse", "new_password": "Battery2Staple"},
    ),
    staff("POST", "/staff", {"username": "li", "display_name": "小李", "role_ids": ["{role_id}"]}),
    staff(
        "PUT",
        "/staff/{staff_id}",
        {"display_name": "小李", "role_ids": ["{role_id}"], "disabled": False},
    ),
    staff("POST", "/roles", ROLE),
    staff("PUT", "/roles/{role_id}", ROLE),
    staff("PUT", "/settings/{setting}", {"value": 15, "version": 0}),
    staff("PUT", "/settings/{template_setting}", {"value": TEMPLATE, "version": 0}),
    staff("POST", "/approvals/{approval_id}/decision", {"approve": False, "comment": "太多"}),
    staff("POST", "/shoppers/lookups", {"phone": "13800138000"}),
    staff("PUT", "/shoppers/{user_id}/block", {"reason": "刷单"}),
]
