"""What breaks the promises of flash sales: a sound sale of the unpaid order, then the break."""

from __future__ import annotations

SALE = (
    "INSERT INTO flash_sessions (name, kind, starts_at, ends_at, state, armed_at, limit_per_user)"
    " VALUES ('x', 'timed', now() - interval '1 hour', now() + interval '1 hour', 'armed', now(),"
    " 3);"
    "INSERT INTO flash_items (session_id, sku_id, price_fen, stock, limit_per_user, sold)"
    " SELECT s.id, l.sku_id, 100, 5, 2, 2 FROM flash_sessions s, order_lines l"
    " WHERE l.order_id = :unpaid;"
    "INSERT INTO flash_tickets (ticket, item_id, user_id, units, key_digest, status, order_id)"
    " SELECT i.id || '-0-1-1', i.id, o.user_id, 2, 'k', 'ordered', o.id"
    " FROM flash_items i, orders o WHERE o.id = :unpaid;"
    "INSERT INTO flash_shoppers SELECT item_id, user_id, units FROM flash_tickets;"
    "INSERT INTO flash_session_shoppers"
    " SELECT i.session_id, t.user_id, t.units FROM flash_tickets t, flash_items i;"
    "INSERT INTO order_adjustments (order_id, lane, source, label, amount_fen, shares)"
    r" SELECT :unpaid, 'ACTIVITY', 'flash\:' || id, 'x', -5, '{-5}' FROM flash_items;"
    "UPDATE stocks s SET sellable = s.sellable - 3, reserved = s.reserved + 3"
    " FROM flash_items i WHERE i.sku_id = s.sku_id;"
    "INSERT INTO stock_movements (sku_id, kind, ref, sellable_delta, reserved_delta, sold_delta)"
    r" SELECT sku_id, 'reserve', 'flash\:' || id, -5, 5, 0 FROM flash_items;"
    "INSERT INTO stock_movements (sku_id, kind, ref, sellable_delta, reserved_delta, sold_delta)"
    r" SELECT i.sku_id, 'release', 'flash\:' || t.ticket, 2, -2, 0"
    " FROM flash_items i, flash_tickets t"
)
"""An item of 5 units, of which the unpaid order holds 2."""
SETTLED = (
    f"{SALE}; UPDATE flash_sessions SET state = 'ended', ended_at = now(), settled_at = now();"
    "UPDATE flash_items SET returned = 3;"
    "UPDATE stocks s SET sellable = s.sellable + 3, reserved = s.reserved - 3"
    " FROM flash_items i WHERE i.sku_id = s.sku_id;"
    "INSERT INTO stock_movements (sku_id, kind, ref, sellable_delta, reserved_delta, sold_delta)"
    r" SELECT sku_id, 'release', 'flash\:' || id, 3, -3, 0 FROM flash_items"
)
SOUND = (SALE, SETTLED)
BREAKS: dict[str, list[str]] = {
    "I4a": [
        f"{SALE}; UPDATE flash_items SET sold = 1",
        f"{SALE}; UPDATE flash_items SET sold = 6, stock = 5;UPDATE flash_tickets SET units = 6",
        f"{SALE}; UPDATE flash_items SET returned = 4",
        f"{SALE}; UPDATE flash_tickets SET status = 'released'",
    ],
    "I4b": [
        f"{SALE}; UPDATE flash_items SET limit_per_user = 1",
        f"{SALE}; UPDATE flash_shoppers SET units = 1",
        f"{SALE}; DELETE FROM flash_shoppers",
        f"{SALE}; DELETE FROM flash_tickets",
    ],
    "I4c": [
        f"{SALE}; UPDATE flash_sessions SET limit_per_user = 1",
        f"{SALE}; UPDATE flash_session_shoppers SET units = 1",
        f"{SALE}; DELETE FROM flash_session_shoppers",
    ],
    "I4d": [
        f"{SALE}; UPDATE flash_items SET sold = 1",
        f"{SALE}; DELETE FROM stock_movements WHERE kind = 'release'",
        f"{SALE}; UPDATE flash_sessions SET state = 'draft'",
        f"{SETTLED}; UPDATE flash_items SET returned = 0",
    ],
    "I4e": [
        f"{SALE}; UPDATE orders SET status = 'closed' WHERE id = :unpaid",
        f"{SALE}; UPDATE flash_tickets SET status = 'released'",
        f"{SALE}; UPDATE flash_tickets SET user_id = 0",
        f"{SALE}; UPDATE flash_tickets SET units = 1",
        f"{SALE}; DELETE FROM flash_tickets",
        f"{SALE}; UPDATE flash_tickets SET order_id = 0",
        rf"{SALE}; UPDATE order_adjustments SET source = 'flash\:0' WHERE lane = 'ACTIVITY'",
    ],
    "I4f": [
        f"{SALE}; UPDATE flash_sessions SET ends_at = now() - interval '16 minutes'",
        f"{SETTLED}; UPDATE flash_sessions SET settled_at = NULL,"
        " ended_at = now() - interval '16 minutes'",
    ],
}
