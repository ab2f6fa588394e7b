"""Placing, changing, holding and sending orders, and the stock that they take."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

PLACING = "mall/orders/placing.py"
PRICES = "mall/orders/prices.py"
PAYING = "mall/orders/paying.py"
FULFILLING = "mall/orders/fulfilling.py"
HOLDING = "mall/orders/holding.py"
MOVEMENTS = "mall/inventory/movements.py"
PLACED = ("tests/orders/test_placing.py",)
LIFE = ("tests/orders/test_life.py",)
HOLDS = ("tests/orders/test_holds.py",)
ADDRESSES = ("tests/shipping/test_readdressing.py",)
CHANGED = ("tests/orders/test_prices.py",)

MUTANTS = (
    Mutant(
        "an order may cost more than the shopper was shown",
        PLACING,
        "quote.payable_fen != expected_payable_fen",
        "quote.payable_fen < expected_payable_fen",
        PLACED,
    ),
    Mutant(
        "an order may cost less than the shopper was shown",
        PLACING,
        "quote.payable_fen != expected_payable_fen",
        "quote.payable_fen > expected_payable_fen",
        PLACED,
    ),
    Mutant(
        "an order for nothing may be placed",
        "mall/orders/batch.py",
        "if any(draft.quote.payable_fen <= 0 and not draft.kind.may_be_free for",
        "if any(draft.quote.payable_fen < 0 and not draft.kind.may_be_free for",
        PLACED,
    ),
    Mutant(
        "what hinders an order (no delivery there) hinders it no more",
        PLACING,
        "for obstacle in quote.obstacles:",
        "for obstacle in ():",
        ("tests/journeys/test_freight.py",),
    ),
    Mutant(
        "a parcel without an address",
        PLACING,
        '        raise AddressMissing(param="address_id")',
        "        return None",
        ("tests/orders/test_bad_input.py", *PLACED, "tests/orders/test_kinds.py"),
    ),
    Mutant(
        "a closed account orders",
        "mall/orders/writing.py",
        "WHERE id IN (SELECT user_id FROM wanted) AND closed_at IS NULL",
        "WHERE id IN (SELECT user_id FROM wanted)",
        ("tests/races/test_closing_account.py", "tests/users/test_closing.py"),
    ),
    Mutant(
        "any step between states of an order",
        "mall/orders/states.py",
        "if to_status not in TRANSITIONS[from_status]:",
        "if to_status not in ALL:",
        LIFE,
    ),
    Mutant(
        "an order moves whatever state it is in",
        "mall/orders/states.py",
        ".where(Order.id == order_id, Order.status == from_status)",
        ".where(Order.id == order_id)",
        LIFE,
    ),
    Mutant(
        "a paid order is placed again for a late payment",
        PAYING,
        "Order.order_no == order_no, Order.status == states.CLOSED, Order.paid_at.is_(None)",
        "Order.order_no == order_no",
        LIFE,
    ),
    Mutant(
        "an order that was paid and refunded is placed again",
        PAYING,
        "Order.status == states.CLOSED, Order.paid_at.is_(None)",
        "Order.status == states.CLOSED",
        ("tests/orders/test_life.py", "tests/orders/test_refunding.py"),
    ),
    Mutant(
        "a kind that isn't placed again is placed again",
        PAYING,
        "if old is None or not kind_named(old.kind).places_again:",
        "if old is None:",
        ("tests/orders/test_kinds.py", "tests/journeys/test_order_kinds.py"),
    ),
    Mutant(
        "staff raise the freight above the quote",
        PRICES,
        "if freight_fen > price.quoted_freight_fen:",
        "if freight_fen > price.quoted_freight_fen + 1_000_000:",
        CHANGED,
    ),
    Mutant(
        "staff raise a line above the quote",
        PRICES,
        "if any(fen > line.quoted_fen for fen",
        "if any(fen > line.quoted_fen + 1_000_000 for fen",
        CHANGED,
    ),
    Mutant(
        "staff raise the goods above the quote",
        PRICES,
        "        if off_fen < 0:",
        "        if off_fen < -1_000_000:",
        CHANGED,
    ),
    Mutant(
        "staff change an order to cost nothing",
        PRICES,
        "if sum(amounts) < min(KEPT_FEN, price.quoted_goods_fen) or sum(amounts) +"
        " freight_fen < 1:",
        "if sum(amounts) < 0:",
        CHANGED,
    ),
    Mutant(
        "staff price a line of another order",
        PRICES,
        "if not wanted.keys() <= {line.id for line in price.lines}:",
        "if not wanted.keys():",
        CHANGED,
    ),
    Mutant(
        "the price of a paid order is changed",
        "mall/orders/repricing.py",
        ".where(Order.id == order.id, Order.status == UNPAID)",
        ".where(Order.id == order.id)",
        ("tests/payments/test_repricing.py",),
        "payments looks under the order's lock first (`what_is_refused`)",
    ),
    Mutant(
        "an order that left gets another address",
        "mall/orders/readdressing.py",
        "Order.status.in_(READDRESSABLE), ~sent)",
        "Order.status.in_(READDRESSABLE))",
        ADDRESSES,
        "shipping looks for parcels first, under the order's lock (`_refuse_if_fixed`)",
    ),
    Mutant(
        "a closed order gets another address",
        "mall/orders/readdressing.py",
        "Order.status.in_(READDRESSABLE), ~sent)",
        "~sent)",
        ADDRESSES,
        "shipping looks at the state first, under the order's lock (`_refuse_if_fixed`)",
    ),
    Mutant(
        "the address of an order that left is changed",
        "mall/shipping/readdressing.py",
        "    if session.scalar(select(or_(told, sent))):\n        raise AddressFixed\n",
        "",
        ADDRESSES,
    ),
    Mutant(
        "the address of an order that is over is changed",
        "mall/shipping/readdressing.py",
        "    if order.status not in READDRESSABLE:\n        raise AddressFixed\n",
        "",
        ADDRESSES,
    ),
    Mutant(
        "shoppers move an order where freight is dearer",
        "mall/shipping/readdressing.py",
        "    if found.dearer_fen and not accept_dearer:\n",
        "    if found.dearer_fen < 0:\n",
        ADDRESSES,
    ),
    Mutant(
        "an order on hold is sent",
        FULFILLING,
        "    if order.hold_reason is not None:",
        '    if order.hold_reason == "":',
        HOLDS,
    ),
    Mutant(
        "a feature ends another feature's hold",
        HOLDING,
        "Order.order_no == order_no, Order.hold_reason == reason.code)",
        "Order.order_no == order_no)",
        HOLDS,
    ),
    Mutant(
        "an order that was sent in part is held",
        HOLDING,
        "            ~sent,\n",
        "",
        HOLDS,
    ),
    Mutant(
        "an order that isn't paid is sent",
        FULFILLING,
        "    if order.status != states.PAID:\n        raise OrderStateConflict\n    if not",
        "    if not",
        LIFE,
    ),
    Mutant(
        "more units are sent than were bought",
        FULFILLING,
        "            OrderLine.shipped_quantity + OrderLine.refunded_quantity + number"
        " <= OrderLine.quantity,\n",
        "",
        LIFE,
    ),
    Mutant(
        "units that are being refunded are sent",
        FULFILLING,
        "OrderLine.shipped_quantity + OrderLine.refunded_quantity + number",
        "OrderLine.shipped_quantity + number",
        ("tests/orders/test_refunding.py",),
    ),
    Mutant(
        "units of another order are sent",
        FULFILLING,
        "            OrderLine.order_id == order_id,\n            OrderLine.id.in_(units),",
        "            OrderLine.id.in_(units),",
        LIFE,
    ),
    Mutant(
        "an order is delivered while units of it are refunded",
        FULFILLING,
        "        raise UnitsNotShippable\n    participants",
        "        pass\n    participants",
        ("tests/orders/test_delivering.py",),
    ),
    Mutant(
        "more units come back than were sent",
        "mall/orders/returns.py",
        "            OrderLine.returned_quantity + number <= OrderLine.shipped_quantity,\n",
        "",
        LIFE,
    ),
    Mutant(
        "units of another order come back",
        "mall/orders/returns.py",
        "            OrderLine.order_id == order.id,\n",
        "",
        LIFE,
    ),
    Mutant(
        "a return of no units, or less",
        "mall/orders/returns.py",
        "    if not units or min(units.values()) <= 0:\n        raise UnitsNotReturnable\n",
        "",
        LIFE,
    ),
    Mutant(
        "stock is moved below zero",
        MOVEMENTS,
        'WHERE {enough or "true"} ORDER BY',
        "WHERE true ORDER BY",
        ("tests/inventory/test_commands.py",),
    ),
    Mutant(
        "an order takes what there is of its stock, not all",
        MOVEMENTS,
        "\n              AND (SELECT count(*) FROM locked) = (SELECT count(sku_id) FROM wanted)",
        "",
        ("tests/inventory/test_commands.py",),
    ),
    Mutant(
        "a movement of no units, or less",
        MOVEMENTS,
        "if min(quantities.values()) <= 0:",
        "if not quantities:",
        ("tests/inventory/test_commands.py",),
    ),
)
