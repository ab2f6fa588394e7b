"""Write routes of the buyer show."""

from __future__ import annotations

from tests.bad_input.route import staff

COLUMN = {
    "name": "晒单精选",
    "category_id": "{category_id}",
    "sort": "hot",
    "position": 1,
    "enabled": True,
    "coupon_template_id": "{coupon_template_id}",
}
LOOSE = ("category_id", "coupon_template_id")
ROUTES = [
    staff("POST", "/buyer-show-columns", COLUMN, *LOOSE),
    staff("PUT", "/buyer-show-columns/{show_column_id}", COLUMN, *LOOSE),
    staff("PUT", "/reviews/{show_review_id}/featuring", {"column_id": "{show_column_id}"}),
]
