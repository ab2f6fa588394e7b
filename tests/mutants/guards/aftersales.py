"""After-sales and approvals: what may be asked back, and who decides."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

APPLYING = "mall/aftersales/applying.py"
AMOUNTS = "mall/aftersales/amounts.py"
DECIDING = "mall/aftersales/deciding.py"
SETTLING = "mall/aftersales/settling.py"
DECISIONS = "mall/approvals/deciding.py"
JOURNEY = ("tests/journeys/test_aftersales.py",)
SUMS = ("tests/aftersales/test_amounts.py",)
APPLIED = ("tests/aftersales/test_applying.py",)
SETTLED = ("tests/aftersales/test_settling.py",)
APPROVALS = ("tests/approvals/test_approvals.py",)

MUTANTS = (
    Mutant(
        "an after-sale of an order that isn't paid",
        APPLYING,
        "    if order.status not in REFUNDABLE:\n        raise OrderStateConflict\n",
        "",
        ("tests/journeys/test_aftersales.py::test_what_cant_be_asked_for",),
    ),
    Mutant(
        "what isn't taken back is taken back",
        APPLYING,
        "    if not kind.returnable:\n        raise NotReturnable\n",
        "",
        ("tests/journeys/test_order_kinds.py", "tests/orders/test_kinds.py"),
    ),
    Mutant(
        "an after-sale past its window",
        APPLYING,
        "    if order.completed_at is not None and order.completed_at + window_of(kind)"
        " <= order.now:\n"
        "        raise AfterSaleTooLate\n",
        "",
        ("tests/journeys/test_aftersales.py::test_what_cant_be_asked_for",),
    ),
    Mutant(
        "an after-sale of a settled order",
        APPLYING,
        "    if order.settled_at is not None:\n        raise AfterSaleTooLate\n",
        "",
        (
            "tests/journeys/test_aftersales.py"
            "::test_a_settled_order_stays_over_when_the_window_is_made_longer",
        ),
    ),
    Mutant(
        "more units are asked back than are left",
        APPLYING,
        "if line is None or count > line.left:",
        "if line is None:",
        ("tests/journeys/test_aftersales.py::test_what_cant_be_asked_for",),
    ),
    Mutant(
        "units of another order are asked back",
        APPLYING,
        "        if line is None or count > line.left:\n"
        '            raise NotEnoughLeft(param="lines")\n',
        "        if line is None:\n            continue\n        if count > line.left:\n"
        '            raise NotEnoughLeft(param="lines")\n',
        ("tests/journeys/test_aftersales.py::test_what_cant_be_asked_for",),
    ),
    Mutant(
        "units that another after-sale asks for are asked for again",
        AMOUNTS,
        "max(0, self.quantity - self.refunded_quantity - self.claimed_quantity)",
        "max(0, self.quantity - self.refunded_quantity)",
        ("tests/journeys/test_aftersales.py::test_what_cant_be_asked_for",),
    ),
    Mutant(
        "what a shopper gave up by an offer goes to later units",
        AMOUNTS,
        "self.refunded_fen + self.rebated_fen + self.claimed_fen + self.withheld_fen",
        "self.refunded_fen + self.rebated_fen + self.claimed_fen",
        (*SUMS, *JOURNEY),
    ),
    Mutant(
        "rebates aren't counted in a share",
        AMOUNTS,
        "self.refunded_fen + self.rebated_fen + self.claimed_fen + self.withheld_fen",
        "self.refunded_fen + self.claimed_fen + self.withheld_fen",
        (*SUMS, "tests/payments/test_causes.py"),
    ),
    Mutant(
        "the shopper keeps gifts that nothing earns any more",
        AMOUNTS,
        "            if due > along.get(line.line_id, 0):",
        "            if due > along.get(line.line_id, 0) + 1_000:",
        ("tests/journeys/test_gifts.py",),
    ),
    Mutant(
        "freight goes back though a parcel left",
        AMOUNTS,
        "if line.shipped or line.left > units.get(line.line_id, 0):",
        "if line.left > units.get(line.line_id, 0):",
        SUMS,
    ),
    Mutant(
        "freight goes back with the first unit",
        AMOUNTS,
        "if line.shipped or line.left > units.get(line.line_id, 0):",
        "if line.shipped:",
        SUMS,
    ),
    Mutant(
        "two after-sales are shown the same freight",
        APPLYING,
        "max(0, freight_left - open_freight(session, order.id))",
        "freight_left",
        APPLIED,
    ),
    Mutant(
        "goods that weren't sent are to be sent back",
        APPLYING,
        "if kind == RETURN_AND_REFUND and line.unsent > 0:",
        "if kind == RETURN_AND_REFUND and line.unsent > 1_000:",
        ("tests/journeys/test_aftersales.py::test_what_cant_be_asked_for",),
    ),
    Mutant(
        "a closed account asks for an after-sale",
        APPLYING,
        "        hold_open_account(session, user_id)\n",
        "",
        ("tests/races/test_closing_account.py", "tests/journeys/test_closed_account.py"),
    ),
    Mutant(
        "staff offer more than was asked for",
        DECIDING,
        "        if amount_fen > sale.goods_fen:\n",
        "        if amount_fen < 0:\n",
        ("tests/journeys/test_aftersales.py::test_an_offer_is_taken_and_the_rest_isnt_paid_later",),
    ),
    Mutant(
        "staff decide what was decided",
        DECIDING,
        "    if locked.sale.status not in statuses:\n        raise AfterSaleState\n",
        "",
        ("tests/journeys/test_aftersales.py::test_refused_and_asked_again",),
    ),
    Mutant(
        "a shopper takes an offer that isn't there",
        APPLYING,
        "        if locked.sale.status != states.OFFERED:\n            raise AfterSaleState\n",
        "",
        APPLIED,
    ),
    Mutant(
        "a shopper cancels what is decided",
        APPLYING,
        "        if states.CANCELED not in states.TRANSITIONS[sale.status]:\n"
        "            raise AfterSaleState\n",
        "",
        (
            "tests/journeys/test_aftersales.py::test_refused_and_asked_again",
            "tests/journeys/test_aftersales.py::test_sent_back_with_pictures_and_refunded",
        ),
    ),
    Mutant(
        "an after-sale moves whatever state it is in",
        "mall/aftersales/states.py",
        ".where(AfterSale.id == sale_id, AfterSale.status == from_status)",
        ".where(AfterSale.id == sale_id)",
        ("tests/races/test_aftersales.py",),
        "the row is locked and read before each step",
    ),
    Mutant(
        "an order settles while something is under way",
        SETTLING,
        "WHERE o.id = ANY(CAST(:ids AS bigint[])) AND o.status = 'completed'"
        " AND o.settled_at IS NULL\n      AND {NOTHING_OPEN}\n",
        "WHERE o.id = ANY(CAST(:ids AS bigint[])) AND o.status = 'completed'"
        " AND o.settled_at IS NULL\n",
        SETTLED,
    ),
    Mutant(
        "an open refund doesn't keep an order from settling",
        SETTLING,
        "r.status NOT IN ('succeeded', 'canceled'))",
        "r.status = '')",
        SETTLED,
    ),
    Mutant(
        "staff give much back by an after-sale alone",
        "mall/aftersales/approving.py",
        "and needs_approval(session, locked.order.id, amount_fen)",
        "and needs_approval(session, locked.order.id, 0)",
        ("tests/aftersales/test_approvals.py",),
    ),
    Mutant(
        "staff approve their own request",
        DECISIONS,
        "    if asked.requested_by == staff.staff_id:\n        raise OwnApproval\n",
        "",
        APPROVALS,
    ),
    Mutant(
        "staff approve without the permission of the kind",
        DECISIONS,
        "    if kind is not None and not staff.may(kind.permission):\n        raise NotPermitted\n",
        "",
        APPROVALS,
    ),
    Mutant(
        "what was decided is approved again",
        DECISIONS,
        "            Approval.status == PENDING,\n",
        "",
        APPROVALS,
    ),
    Mutant(
        "what is overdue is approved",
        DECISIONS,
        "            Approval.expires_at > func.clock_timestamp(),\n",
        "",
        APPROVALS,
    ),
    Mutant(
        "somebody else's request is withdrawn",
        "mall/approvals/requesting.py",
        "if find(session, staff, approval_id).requested_by != staff.staff_id:",
        "if find(session, staff, approval_id).requested_by == 0:",
        APPROVALS,
    ),
    Mutant(
        "what was decided is withdrawn",
        "mall/approvals/requesting.py",
        ".where(Approval.id == approval_id, Approval.status == PENDING)",
        ".where(Approval.id == approval_id)",
        APPROVALS,
    ),
)
