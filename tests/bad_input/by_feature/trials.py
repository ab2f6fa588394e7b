"""Write routes of trials."""

from __future__ import annotations

from tests.bad_input.route import shopper, staff

TRIAL = {
    "sku_id": "{sku_id}",
    "name": "护手霜试用",
    "text": "免费试用，如实评价",
    "units": 1,
    "apply_from": "2031-01-01T00:00:00+08:00",
    "apply_until": "2031-02-01T00:00:00+08:00",
    "accept_days": 3,
    "review_days": 14,
    "min_pictures": 3,
    "needs_video": False,
    "by_invitation": False,
    "requires": [{"figure": "paid_orders", "at_least": 1}],
    "requires_text": "下过单的用户",
    "accept_warnings": False,
}
ROUTES = [
    shopper("POST", "/trials/{trial_id}/applications", {"note": "想试试"}),
    shopper(
        "POST",
        "/trial-applications/{trial_application_id}/acceptance",
        {"address_id": "{address_id}"},
    ),
    staff("POST", "/trials", TRIAL),
    staff("PUT", "/trials/{trial_id}", TRIAL | {"replaces": 1}),
    staff(
        "POST", "/trials/{trial_id}/picks", {"application_ids": ["{trial_waiting_application_id}"]}
    ),
    staff("POST", "/trials/{trial_id}/invitations", {"user_ids": ["{user_id}"]}),
]
