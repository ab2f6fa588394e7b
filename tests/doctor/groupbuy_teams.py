"""Ways to break what must hold of teams: a sound team of the two orders, then the break."""

from __future__ import annotations

_OF_BOTH = "FROM {0}orders o JOIN order_lines l ON l.order_id = o.id WHERE o.id IN (:paid, :unpaid)"
MEMBERS = _OF_BOTH.format("")
_STEPS = "INSERT INTO groupbuy_transitions (team_id, from_status, to_status, cause)"
TEAM = (
    "UPDATE orders SET kind = 'groupbuy' WHERE id IN (:paid, :unpaid);"
    "INSERT INTO groupbuy_activities (name, spu_id, mode, status, starts_at, ends_at, started_at,"
    " team_open_min, pay_min, order_units, shopper_units, open_teams)"
    " SELECT 'x', spu_id, 'difference', 'started', now(), now() + interval '1 day', now(),"
    " 60, 30, 3, 3, 1 FROM order_lines WHERE order_id = :paid;"
    "INSERT INTO groupbuy_skus (activity_id, sku_id, wanted_stock, stock, sold)"
    f" SELECT a.id, l.sku_id, l.quantity, l.quantity, l.quantity "
    f"{_OF_BOTH.format('groupbuy_activities a, ')};"
    "INSERT INTO groupbuy_tier_sets (activity_id, position, name, sizes, prices)"
    " SELECT a.id, 0, 'x', '{2,3}', (SELECT jsonb_object_agg(l.sku_id,"
    f" jsonb_build_array(l.price_fen, l.price_fen - 900)) {MEMBERS}) FROM groupbuy_activities a;"
    "INSERT INTO groupbuy_teams (code, activity_id, tier_set_id, leader_id, status, sizes,"
    " min_size, max_size, reserved, paid, filled, expires_at, formed_at)"
    " SELECT 'x', s.activity_id, s.id, o.user_id, 'formed', s.sizes, 2, 3, 1, 1, 1,"
    " now() + interval '1 hour', now() FROM groupbuy_tier_sets s, orders o WHERE o.id = :paid;"
    "INSERT INTO groupbuy_fills (team_id, seats) SELECT id, 1 FROM groupbuy_teams;"
    f"{_STEPS} SELECT id, NULL, 'opening', 'x' FROM groupbuy_teams;"
    f"{_STEPS} SELECT id, 'opening', 'forming', 'x' FROM groupbuy_teams;"
    f"{_STEPS} SELECT id, 'forming', 'formed', 'x' FROM groupbuy_teams;"
    "INSERT INTO groupbuy_members (team_id, activity_id, user_id, order_id, sku_id, units,"
    " unit_price_fen, paid_at) SELECT t.id, t.activity_id, o.user_id, o.id, l.sku_id,"
    f" l.quantity, l.price_fen, o.paid_at "
    f"{_OF_BOTH.format('groupbuy_teams t, ')};"
    "INSERT INTO groupbuy_shoppers SELECT activity_id, user_id, units FROM groupbuy_members"
)
"""A formed team: its leader paid for three units, of which one is on its way back; another member
hasn't paid for two; the shop filled a seat. A unit is 9.00 cheaper for three members."""
_LEADER_ALONE = (
    "UPDATE orders SET kind = 'normal' WHERE id = :unpaid;"
    "DELETE FROM groupbuy_members WHERE order_id = :unpaid;"
    "UPDATE groupbuy_tier_sets SET prices = prices - ARRAY("
    "SELECT CAST(sku_id AS text) FROM order_lines WHERE order_id = :unpaid);"
    "DELETE FROM groupbuy_skus WHERE sku_id NOT IN (SELECT sku_id FROM groupbuy_members);"
    "DELETE FROM groupbuy_shoppers WHERE user_id NOT IN (SELECT user_id FROM groupbuy_members)"
)
_REFUND = (
    "INSERT INTO refunds (refund_no, out_refund_no, order_id, attempt_id, kind, cause,"
    " cancellable, amount_fen, reason, request)"
    " SELECT 'R2', 'R2', :paid, a.id, 'order', 'groupbuy:{cause}:' || t.id, false, {fen}, 'x',"
    " '{{}}' FROM payment_attempts a, groupbuy_teams t WHERE a.order_id = :paid"
)
SETTLED = (
    f"{TEAM}; {_LEADER_ALONE};"
    "UPDATE groupbuy_teams SET status = 'settled', tier_size = 3, reserved = 0, closed_at = now();"
    f"{_STEPS} SELECT id, 'formed', 'settled', 'x' FROM groupbuy_teams;"
    f"{_REFUND.format(cause='tier', fen=1800)};"
    "INSERT INTO refund_lines SELECT r.id, l.id, 0, 1800 FROM refunds r, order_lines l"
    " WHERE r.refund_no = 'R2' AND l.order_id = :paid;"
    "UPDATE groupbuy_members SET difference_fen = 1800"
)
FAILED = (
    f"{TEAM}; {_LEADER_ALONE};"
    "UPDATE groupbuy_teams SET status = 'failed', reserved = 0, closed_at = now();"
    "DELETE FROM groupbuy_transitions WHERE to_status = 'formed';"
    f"{_STEPS} SELECT id, 'forming', 'failed', 'x' FROM groupbuy_teams;"
    "DELETE FROM refund_lines; DELETE FROM refunds;"
    f"{_REFUND.format(cause='team', fen=1)};"
    "UPDATE order_lines SET shipped_quantity = 0, refunded_quantity = quantity"
    " WHERE order_id = :paid;"
    "UPDATE orders SET hold_reason = 'groupbuy.forming', refunding_fen = paid_fen,"
    " refunded_fen = 0 WHERE id = :paid"
)
SOUND = (TEAM, SETTLED, FAILED)
_DUE = "due = '{0}', due_since = now() - interval '{1}'"
_OLD = "interval '16 minutes'"
LONG_AGO = (
    f"UPDATE groupbuy_members SET paid_at = now() - {_OLD} WHERE paid_at IS NOT NULL;"
    f"UPDATE orders SET paid_at = now() - {_OLD} WHERE id = :paid"
)
BREAKS: dict[str, list[str]] = {
    "I7a": [
        f"{TEAM}; UPDATE groupbuy_teams SET paid = 2",
        f"{TEAM}; UPDATE groupbuy_teams SET reserved = 0",
        f"{TEAM}; UPDATE groupbuy_members SET seat = false WHERE order_id = :paid",
        f"{TEAM}; DELETE FROM groupbuy_fills",
        f"{TEAM}; UPDATE groupbuy_teams SET max_size = 2",
    ],
    "I7b": [
        f"{TEAM}; UPDATE groupbuy_teams SET status = 'forming'",
        f"{TEAM}; DELETE FROM groupbuy_transitions WHERE to_status = 'forming'",
        f"{TEAM}; DELETE FROM groupbuy_transitions",
        f"{TEAM}; {_STEPS} SELECT id, 'formed', 'formed', 'x' FROM groupbuy_teams",
    ],
    "I7c": [
        f"{TEAM}; {LONG_AGO}; UPDATE groupbuy_teams SET reserved = 0, max_size = 9,"
        f" expires_at = now() - {_OLD}",
        f"{TEAM}; {LONG_AGO}; UPDATE groupbuy_teams SET reserved = 0, max_size = 9,"
        f" verdict = 'fail', verdict_at = now() - {_OLD}",
        f"{TEAM}; {LONG_AGO}; UPDATE groupbuy_teams SET reserved = 0, max_size = 2",
    ],
    "I7d": [
        f"{TEAM}; UPDATE groupbuy_teams SET status = 'forming', leader_id = 0",
        f"{TEAM}; UPDATE groupbuy_teams SET status = 'forming';"
        "UPDATE groupbuy_members SET paid_at = NULL",
        f"{TEAM}; UPDATE groupbuy_teams SET status = 'forming';"
        "UPDATE groupbuy_members SET seat = false",
    ],
    "I7e": [
        f"{TEAM}; DELETE FROM groupbuy_members",
        f"{TEAM}; UPDATE orders SET kind = 'normal' WHERE id = :paid",
        f"{TEAM}; UPDATE groupbuy_members SET user_id = 0 WHERE order_id = :paid",
        f"{TEAM}; UPDATE groupbuy_members SET activity_id = 0",
        f"{TEAM}; UPDATE groupbuy_members SET paid_at = NULL",
        f"{TEAM}; UPDATE groupbuy_members SET released = true",
        f"{TEAM}; UPDATE orders SET status = 'closed' WHERE id = :unpaid",
        f"{TEAM}; UPDATE groupbuy_members SET units = 1",
    ],
    "I7f": [
        f"{TEAM}; UPDATE orders SET status = 'closed' WHERE id = :paid",
        f"{TEAM}; UPDATE groupbuy_members SET seat = false, left_at = now()"
        " WHERE order_id = :unpaid",
        f"{TEAM}; UPDATE groupbuy_members SET seat = false, left_at = now() WHERE order_id = :paid",
        f"{TEAM}; UPDATE groupbuy_members SET left_at = now()",
        f"{SETTLED}; UPDATE groupbuy_members SET seat = false",
    ],
    "I7g": [
        f"{TEAM}; UPDATE groupbuy_teams SET status = 'forming'",
        f"{TEAM}; UPDATE orders SET hold_reason = 'groupbuy.forming' WHERE id = :paid",
        f"{SETTLED}; UPDATE orders SET hold_reason = 'groupbuy.forming' WHERE id = :paid",
        f"{FAILED}; UPDATE orders SET hold_reason = NULL",
    ],
    "I7h": [
        f"{TEAM}; UPDATE groupbuy_skus SET sold = sold - 1",
        f"{TEAM}; UPDATE groupbuy_skus SET stock = sold - 1",
        f"{TEAM}; UPDATE groupbuy_members SET released = true",
        f"{TEAM}; UPDATE groupbuy_activities SET stock_returned_at = now();"
        "UPDATE groupbuy_skus SET stock = stock + 1",
        f"{TEAM}; UPDATE groupbuy_activities SET status = 'draft'",
    ],
    "I7i": [
        f"{TEAM}; UPDATE groupbuy_activities SET ends_at = now() - {_OLD}",
        f"{SETTLED}; UPDATE groupbuy_activities SET status = 'ended', ended_at = now() - {_OLD};"
        f"UPDATE groupbuy_teams SET closed_at = now() - {_OLD}",
    ],
    "I7j": [
        f"{TEAM}; UPDATE groupbuy_shoppers SET units = units + 1",
        f"{TEAM}; DELETE FROM groupbuy_shoppers",
        f"{TEAM}; UPDATE groupbuy_members SET released = true",
        f"{TEAM}; UPDATE groupbuy_activities SET shopper_units = 2",
    ],
    "I7k": [
        f"{TEAM}; INSERT INTO groupbuy_newcomers SELECT user_id, id FROM orders WHERE id = :paid",
        f"{TEAM}; INSERT INTO groupbuy_newcomers VALUES (0, :unpaid)",
    ],
    "I7l": [
        f"{FAILED}; DELETE FROM refunds",
        f"{FAILED}; UPDATE orders SET refunding_fen = 1 WHERE id = :paid",
        f"{FAILED}; UPDATE groupbuy_members SET {_DUE.format('refund', '0')}",
        f"{FAILED}; UPDATE order_lines SET shipped_quantity = 1 WHERE order_id = :paid",
        f"{FAILED}; UPDATE groupbuy_teams SET status = 'formed', closed_at = NULL",
    ],
    "I7m": [
        f"{SETTLED}; DELETE FROM refunds WHERE refund_no = 'R2';"
        "UPDATE groupbuy_members SET difference_fen = 0",
        f"{SETTLED}; UPDATE refunds SET amount_fen = 1801 WHERE refund_no = 'R2';"
        "UPDATE groupbuy_members SET difference_fen = 1801",
        f"{SETTLED}; UPDATE groupbuy_members SET difference_fen = 0",
        f"{SETTLED}; UPDATE groupbuy_members SET {_DUE.format('settle', '0')}",
        f"{SETTLED}; UPDATE groupbuy_teams SET tier_size = 2",
        f"{SETTLED}; UPDATE groupbuy_teams SET status = 'formed', closed_at = NULL",
        f"{SETTLED}; UPDATE groupbuy_activities SET mode = 'chosen'",
        f"{SETTLED}; UPDATE refunds SET status = 'canceled' WHERE refund_no = 'R1'",
        f"{SETTLED}; INSERT INTO order_adjustments (order_id, lane, source, label, amount_fen,"
        r" shares) VALUES (:paid, 'PROMOTION', 'staff\:price', 'x', -3, '{-3}')",
    ],
    "I7n": [
        f"{SETTLED}; UPDATE groupbuy_members SET {_DUE.format('release', '31 minutes')}",
        f"{SETTLED}; UPDATE refunds SET status = 'succeeded';"
        f"UPDATE groupbuy_members SET {_DUE.format('settle', '31 minutes')}",
    ],
}
