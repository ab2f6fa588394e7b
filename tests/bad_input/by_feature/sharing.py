"""Write routes of shares and of bindings."""

from __future__ import annotations

from tests.bad_input.route import shopper, staff

BIND = {"inviter_id": "{inviter_id}", "invitee_id": "{user_id}", "reason": "顾客来电说明"}

ROUTES = [
    shopper(
        "POST", "/shares", {"page": {"kind": "product", "id": "{product_id}"}, "medium": "link"}
    ),
    staff("POST", "/referral-bindings", BIND),
    staff("POST", "/referral-bindings/{binding_id}/end", {"reason": "顾客来电说明"}),
]
