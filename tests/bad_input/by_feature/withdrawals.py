"""Write routes of withdrawals and of the fund-flow bill."""

from __future__ import annotations

from tests.bad_input.route import shopper, staff

_ONE = "/withdrawals/{withdrawal_number}"

ROUTES = [
    shopper("POST", "/withdrawals", {"amount_fen": 1_000}),
    staff("POST", f"{_ONE}/decision", {"approve": True, "reason": "已核对"}),
    staff("POST", f"{_ONE}/cancellation", {"reason": "重复申请"}),
    staff("POST", "/fund-flow/{day}/findings/{finding_id}/resolution", {"resolution": "已核实"}),
]
