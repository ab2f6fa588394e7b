"""Ways to break what must hold of the points mall."""

from __future__ import annotations

UNPAID = "FROM orders WHERE id = :unpaid"
# An unpaid order of two units is an exchange of a code item with three codes and four units.
SOUND = (
    f"INSERT INTO points_accounts (user_id, available, held) SELECT user_id, 0, 5 {UNPAID};"
    "INSERT INTO points_entries (user_id, kind, source, available, held)"
    f" SELECT user_id, 'adjust', 'x', 5, 0 {UNPAID};"
    "INSERT INTO points_lots (user_id, entry_id, granted, remaining)"
    " SELECT user_id, id, 5, 0 FROM points_entries;"
    "INSERT INTO points_entries (user_id, kind, source, available, held)"
    f" SELECT user_id, 'hold', 'exchange:' || order_no, -5, 5 {UNPAID};"
    "INSERT INTO points_holds (user_id, source, points)"
    f" SELECT user_id, 'exchange:' || order_no, 5 {UNPAID};"
    "INSERT INTO points_uses (entry_id, lot_id, points, hold_id)"
    " SELECT e.id, l.id, 5, h.id FROM points_entries e, points_lots l, points_holds h"
    " WHERE e.kind = 'hold';"
    "UPDATE stocks SET received = received + 2, reserved = reserved + 2"
    " WHERE sku_id = (SELECT max(sku_id) FROM stocks);"
    "INSERT INTO stock_movements (sku_id, kind, ref, sellable_delta, reserved_delta, sold_delta)"
    " SELECT max(sku_id), 'put_in', 'x', 0, 2, 0 FROM stocks;"
    "UPDATE orders SET kind = 'exchange_virtual' WHERE id = :unpaid;"
    "INSERT INTO exchange_items (kind, name, sku_id, stock, sold)"
    " SELECT 'code', 'x', max(sku_id), 4, 2 FROM stocks;"
    "INSERT INTO exchange_orders (order_id, item_id, user_id, units, points, awaits_delivery)"
    " SELECT o.id, i.id, o.user_id, 2, 5, true FROM exchange_items i, orders o"
    " WHERE o.id = :unpaid;"
    "INSERT INTO exchange_code_batches (item_id, name) SELECT id, 'x' FROM exchange_items;"
    "INSERT INTO exchange_codes (batch_id, item_id, sealed, fingerprint)"
    " SELECT id, item_id, '', decode(lpad(n::text, 2, '0'), 'hex')"
    " FROM exchange_code_batches, generate_series(1, 3) n"
)
FIRST = "WHERE id = (SELECT min(id) FROM exchange_codes)"
BREAKS = {
    "I46a": [
        f"{SOUND}; UPDATE exchange_items SET sold = 3",
        f"{SOUND}; UPDATE exchange_orders SET released = true",
        f"{SOUND}; UPDATE exchange_items SET ended_at = now()",
    ],
    "I46b": [
        f"{SOUND}; DELETE FROM exchange_codes {FIRST}",
        f"{SOUND}; UPDATE exchange_items SET stock = 5",
    ],
    "I46c": [
        f"{SOUND}; DELETE FROM exchange_orders",
        f"{SOUND}; UPDATE exchange_orders SET units = 3",
        f"{SOUND}; UPDATE orders SET kind = 'normal' WHERE id = :unpaid",
    ],
    "I46d": [
        f"{SOUND}; UPDATE exchange_codes SET status = 'delivered', order_id = :unpaid,"
        f" delivered_at = now() {FIRST}",
        f"{SOUND}; UPDATE orders SET status = 'completed', completed_at = now() WHERE id = :unpaid",
    ],
    "I17e": [
        f"{SOUND}; UPDATE points_holds SET status = 'settled'",
        f"{SOUND}; UPDATE points_holds SET points = 4",
        f"{SOUND}; UPDATE exchange_orders SET units_back = 1",
        f"{SOUND}; DELETE FROM points_holds",
    ],
}
