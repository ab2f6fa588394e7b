"""Ways to break what must hold of trials."""

from __future__ import annotations

_LINE = "(SELECT sku_id FROM order_lines WHERE order_id = :unpaid)"
# The unpaid order is of one unit of a trial, for nothing.
SOUND = (
    "UPDATE stocks SET received = received - 1, reserved = reserved - 1"
    f" WHERE sku_id = {_LINE};"
    "INSERT INTO stock_movements (sku_id, kind, ref, sellable_delta, reserved_delta, sold_delta)"
    f" SELECT sku_id, 'put_in', 'x', 0, -1, 0 FROM stocks WHERE sku_id = {_LINE};"
    "UPDATE order_lines SET quantity = 1 WHERE order_id = :unpaid;"
    "UPDATE orders SET kind = 'trial', payable_fen = 0 WHERE id = :unpaid;"
    "INSERT INTO trials (sku_id, spu_id, name, text, units, picked, ordered, apply_from,"
    " apply_until, accept_days, review_days, min_pictures, needs_video, by_invitation)"
    " SELECT sku_id, spu_id, 'x', 'x', 1, 1, 1, now() - interval '1 day', now(), 3, 14, 3,"
    " false, false FROM order_lines WHERE order_id = :unpaid;"
    "INSERT INTO trial_applications (trial_id, user_id, note, status, order_id)"
    " SELECT t.id, o.user_id, '', 'accepted', o.id FROM trials t, orders o WHERE o.id = :unpaid;"
    "INSERT INTO compliance_verdicts (kind, ref, version, snapshot, result, findings, rules)"
    " SELECT 'trial', id, 1, '{}', 'passed', '[]', '{}' FROM trials"
)
DUE = (
    f"{SOUND}; UPDATE orders SET completed_at = now() WHERE id = :unpaid;"
    "UPDATE trial_applications a SET received_at = o.completed_at,"
    " due_at = o.completed_at + interval '14 days' FROM orders o WHERE o.id = a.order_id"
)
DONE = (
    f"{DUE}; UPDATE trial_applications SET status = 'done', done_at = now(), late = true;"
    "INSERT INTO trial_officers (user_id, done, late) SELECT user_id, 1, 1 FROM trial_applications"
)
BREAKS = {
    "I75a": [
        f"{SOUND}; UPDATE trials SET picked = 2",
        f"{SOUND}; UPDATE trials SET ordered = 0",
        f"{SOUND}; UPDATE trials SET units = 0",
        f"{SOUND}; UPDATE trial_applications SET status = 'declined'",
    ],
    "I75b": [
        f"{SOUND}; DELETE FROM trial_applications",
        f"{SOUND}; UPDATE orders SET payable_fen = 1 WHERE id = :unpaid",
        f"{SOUND}; UPDATE orders SET kind = 'normal' WHERE id = :unpaid",
        f"{SOUND}; UPDATE orders SET status = 'closed' WHERE id = :unpaid",
        f"{SOUND}; UPDATE order_lines SET quantity = 2 WHERE order_id = :unpaid",
    ],
    "I75c": [f"{SOUND}; UPDATE trial_applications SET status = 'done', done_at = now()"],
    "I75d": [
        f"{DUE}; UPDATE trial_applications SET due_at = received_at - interval '1 day'",
        f"{DUE}; UPDATE trial_applications SET received_at = now() - interval '1 hour'",
        f"{DUE}; UPDATE trial_applications SET status = 'overdue'",
    ],
    "I75e": [
        f"{DUE}; UPDATE trial_applications SET status = 'overdue'",
        f"{DONE}; UPDATE trial_officers SET done = 2",
        f"{DONE}; UPDATE trial_officers SET late = 0",
        f"{DONE}; UPDATE trial_officers SET overdue = 1",
        f"{DONE}; DELETE FROM trial_officers",
        f"{SOUND}; INSERT INTO trial_officers (user_id, overdue) SELECT id, 1 FROM users",
    ],
}
