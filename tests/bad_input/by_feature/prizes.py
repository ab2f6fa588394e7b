"""Write routes of physical prizes."""

from __future__ import annotations

from tests.bad_input.route import shopper, staff

ROUTES = [
    shopper("POST", "/prizes/{prize_id}/order", {"address_id": "{address_id}"}),
    staff("PUT", "/prizes/{prize_id}/deadline", {"until": "2031-01-01T00:00:00+08:00"}),
    staff("POST", "/prizes/{prize_id}/cancellation", {"reason": "地址不在配送范围"}),
]
