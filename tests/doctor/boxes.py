"""Ways to break what must hold of blind boxes, their orders and their promises."""

from __future__ import annotations

from tests.doctor.lottery import DRAWN

PAID = "FROM orders WHERE id = :paid"
# The paid order is one of three boxes: one was opened, one is being refunded, one is unopened.
BOX = (
    f"{DRAWN};"
    "UPDATE orders SET kind = 'blind_box' WHERE id = :paid;"
    "INSERT INTO lottery_boxes (lottery_id, sku_id, taken) SELECT 1, sku_id, 6"
    " FROM order_lines WHERE order_id = :paid;"
    "INSERT INTO box_orders (order_id, lottery_id, user_id, units, opened, back, steps, given_at,"
    f" confirmed) SELECT id, 1, user_id, 3, 1, 1, 1, now(), 'x' {PAID};"
    "UPDATE lotteries SET drawn = 3;"
    "INSERT INTO lottery_shoppers (lottery_id, user_id, alias, drawn, dry, day, day_drawn)"
    f" SELECT 1, user_id, 'y', 1, 1, current_date, 1 {PAID};"
    "INSERT INTO lottery_draws (lottery_id, number, version, user_id, nonce, random, prize,"
    " guaranteed, left_counts, cost_fen) SELECT 1, 3, 1, user_id, 'x', 'x', 1, false, '[4, 0]', 0"
    f" {PAID};"
    f"INSERT INTO box_openings (lottery_id, number, order_id) SELECT 1, 3, id {PAID};"
    f"INSERT INTO lottery_chances (lottery_id, user_id, boxed) SELECT 1, user_id, 1 {PAID};"
    "INSERT INTO lottery_chance_entries (lottery_id, user_id, kind, source, boxed)"
    f" SELECT 1, user_id, 'box', order_no, 3 {PAID};"
    "INSERT INTO lottery_chance_entries (lottery_id, user_id, kind, source, boxed)"
    f" SELECT 1, user_id, 'box_back', order_no || chr(58) || '1', -1 {PAID};"
    "INSERT INTO lottery_chance_entries (lottery_id, user_id, kind, source, boxed)"
    f" SELECT 1, user_id, 'draw', '1' || chr(58) || '3', -1 {PAID}"
)
# Two boxes that nobody paid; what of them was in stock isn't undone.
CLOSED = (
    f"{BOX};"
    "UPDATE orders SET kind = 'blind_box', status = 'closed' WHERE id = :unpaid;"
    "INSERT INTO box_orders (order_id, lottery_id, user_id, units, freed, confirmed)"
    " SELECT id, 1, user_id, 2, 2, 'x' FROM orders WHERE id = :unpaid;"
    "UPDATE order_lines SET sku_id = (SELECT sku_id FROM lottery_boxes) WHERE order_id = :unpaid"
)
SOUND = (BOX,)
BREAKS: dict[str, list[str]] = {
    "I29a": [
        f"{BOX}; DELETE FROM lottery_chance_entries WHERE kind = 'box'",
        f"{BOX}; DELETE FROM lottery_chance_entries WHERE kind = 'box_back'",
        f"{BOX}; UPDATE box_orders SET given_at = NULL",
        f"{BOX}; UPDATE box_orders SET steps = 0",
        f"{BOX}; UPDATE lottery_chance_entries SET source = 'x' WHERE kind = 'box'",
        f"{BOX}; UPDATE box_orders SET user_id = user_id + 1",
    ],
    "I29b": [
        f"{BOX}; UPDATE box_orders SET opened = 2",
        f"{BOX}; DELETE FROM box_openings",
        f"{BOX}; UPDATE box_openings SET number = 2",
        f"{BOX}; UPDATE lottery_chance_entries SET boxed = 0, bought = -1"
        " WHERE kind = 'draw' AND boxed = -1",
    ],
    "I29c": [
        f"{BOX}; UPDATE orders SET kind = 'normal' WHERE id = :paid",
        f"{BOX}; UPDATE box_orders SET back = 0",
        f"{BOX}; UPDATE box_orders SET units = 4",
        f"{BOX}; UPDATE box_orders SET given_at = NULL",
        f"{BOX}; UPDATE lottery_boxes SET sku_id = sku_id + 1",
        f"{BOX}; DELETE FROM box_orders",
        f"{CLOSED}; UPDATE order_lines SET quantity = 1 WHERE order_id = :unpaid",
    ],
    "I29d": [
        f"{BOX}; UPDATE box_orders SET freed = 1",
        f"{BOX}; UPDATE refunds SET status = 'succeeded'",
        f"{CLOSED}; UPDATE box_orders SET freed = 0 WHERE given_at IS NULL",
        f"{CLOSED}; UPDATE orders SET status = 'unpaid' WHERE id = :unpaid",
    ],
    "I29e": [
        f"{BOX}; UPDATE lottery_chances SET boxed = boxed + 1 WHERE boxed > 0",
        f"{BOX}; UPDATE box_orders SET opened = 0",
    ],
    "I29f": [
        f"{BOX}; UPDATE lottery_boxes SET taken = 5",
        f"{BOX}; UPDATE lotteries SET tickets = 5",
        f"{BOX}; UPDATE lottery_chances SET given = given + 1",
    ],
    "I29g": [f"{BOX}; UPDATE lotteries SET ended_at = now() - interval '2 hours'"],
}
