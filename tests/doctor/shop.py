"""What breaks the promises of orders, money, stock, coupons and the rest of a sound shop."""

from __future__ import annotations

# A sound after-sale of one unit of the paid order, and one whose refund is on its way.
AFTER_SALE = (
    "INSERT INTO after_sales (after_sale_no, order_id, user_id, kind, status, unsent, reason,"
    " description, pictures, goods_fen, freight_fen, due_at)"
    " SELECT 'A1', id, user_id, 'refund_only', 'applied', true, 'late', '', '{}', 9900, 0,"
    " now() + interval '1 day' FROM orders WHERE id = :paid;"
    "INSERT INTO after_sale_lines"
    " (after_sale_id, order_line_id, quantity, asked, share_fen, amount_fen)"
    " SELECT a.id, l.id, 1, 1, 9900, 9900"
    " FROM after_sales a JOIN order_lines l ON l.order_id = a.order_id;"
    "INSERT INTO after_sale_steps (after_sale_id, to_status, actor, comment)"
    " SELECT id, 'applied', 'shopper', '' FROM after_sales"
)
REFUNDING = (
    f"{AFTER_SALE}; UPDATE after_sales SET status = 'refunding', refund_no = 'R1',"
    " refund_fen = 9900, due_at = NULL"
)
# What breaks each invariant: SQL run on a sound shop, every constraint of the table lifted.
# :paid and :unpaid are orders' ids.
PROMOTION = (
    "INSERT INTO promotions (name, kind, rule, scope, starts_at, ends_at, new_customers_only,"
    " max_orders, shopper_max_orders, orders, spent_fen)"
    " VALUES ('x', 'percent', '{}', '{}', now(), now() + interval '1 day', false, 1, 1, 0, 0)"
)
USE = (
    "INSERT INTO promotion_uses (order_id, promotion_id, user_id, amount_fen)"
    " SELECT o.id, p.id, o.user_id, 5 FROM orders o, promotions p"
)
OF_SHOPPER = (
    "INSERT INTO promotion_shoppers (promotion_id, user_id, spent_fen, orders)"
    " SELECT promotion_id, user_id, sum(amount_fen), count(*) FROM promotion_uses GROUP BY 1, 2"
)
ADJUSTMENT = (
    "INSERT INTO order_adjustments (order_id, lane, source, label, amount_fen, shares)"
    " SELECT :unpaid, 'PROMOTION', 'promotion\\:' || id, 'x', -5, '{-5}' FROM promotions"
)
# The two units of the unpaid order as if they were gifts.
GIVEN = (
    f"{PROMOTION}; {USE} WHERE o.id = :unpaid;"
    "UPDATE promotion_uses SET gift_units = 2;"
    "UPDATE promotions SET gift_stock = 9, gifts_given = 2, orders = 1, spent_fen = 5;"
    "UPDATE order_lines SET payable_fen = 0,"
    " gift = jsonb_build_object('source', 'promotion\\:' || (SELECT id FROM promotions))"
    " WHERE order_id = :unpaid"
)
BREAKS: dict[str, list[str]] = {
    "I8e": [
        f"{AFTER_SALE}; UPDATE after_sale_lines SET quantity = 4",
        f"{AFTER_SALE}; UPDATE after_sale_lines SET share_fen = 1000000",
    ],
    "I8f": [
        f"{AFTER_SALE}; UPDATE after_sales SET status = 'refunding'",
        f"{REFUNDING}; UPDATE after_sales SET refund_fen = 1",
        f"{REFUNDING}; UPDATE after_sales SET order_id = :unpaid",
        f"{REFUNDING}; UPDATE after_sales SET status = 'refunded'",
        f"{REFUNDING}; UPDATE after_sale_lines SET amount_fen = 1",
    ],
    "I8g": [
        f"{AFTER_SALE}; UPDATE after_sales SET status = 'returned'",
        f"{AFTER_SALE}; DELETE FROM after_sale_steps",
        f"{AFTER_SALE}; INSERT INTO after_sale_steps"
        " (after_sale_id, from_status, to_status, actor, comment)"
        " SELECT id, 'applied', 'refunded', 'staff', '' FROM after_sales",
    ],
    "I11g": [
        f"{AFTER_SALE}; UPDATE after_sales SET due_at = now() - interval '3 hours'",
        f"{REFUNDING}; UPDATE refunds SET succeeded_at = now() - interval '3 hours'",
    ],
    "I23a": [
        f"{PROMOTION}; UPDATE promotions SET orders = 1",
        f"{PROMOTION}; UPDATE promotions SET spent_fen = 5",
        f"{PROMOTION}; {USE}; UPDATE promotions SET orders = 2, spent_fen = 10",
        f"{PROMOTION}; UPDATE promotions SET budget_fen = 4, max_orders = 2, orders = 1,"
        f" spent_fen = 5; {USE} WHERE o.id = :unpaid",
    ],
    "I23b": [
        f"{PROMOTION}; {USE} WHERE o.id = :unpaid",
        f"{PROMOTION}; {USE} WHERE o.id = :unpaid; {OF_SHOPPER};"
        "UPDATE promotion_uses SET given_back_at = now()",
        f"{PROMOTION}; {USE}; UPDATE promotion_uses SET user_id = 1; {OF_SHOPPER}",
        f"{PROMOTION}; {USE} WHERE o.id = :unpaid; {OF_SHOPPER};"
        "UPDATE promotions SET shopper_budget_fen = 4",
    ],
    "I23c": [
        f"{PROMOTION}; {USE} WHERE o.id = :unpaid",
        f"{PROMOTION}; {ADJUSTMENT}",
        f"{PROMOTION}; {ADJUSTMENT}; {USE} WHERE o.id = :unpaid;"
        "UPDATE orders SET status = 'closed' WHERE id = :unpaid",
        f"{PROMOTION}; {ADJUSTMENT}; {USE} WHERE o.id = :unpaid;"
        "UPDATE promotion_uses SET amount_fen = 4",
    ],
    "I23d": [
        f"{PROMOTION}; UPDATE promotions SET gift_stock = 9, gifts_given = 1",
        f"{GIVEN}; UPDATE promotions SET gift_stock = 0",
        f"{GIVEN}; UPDATE promotion_uses SET given_back_at = now()",
    ],
    "I23f": [
        f"{PROMOTION}; {USE} WHERE o.id = :unpaid",
        f"{PROMOTION}; {USE} WHERE o.id = :unpaid;"
        "INSERT INTO promotion_tallies SELECT id, 0, 4, 1 FROM promotions",
    ],
    "I23e": [
        f"{GIVEN}; UPDATE order_lines SET quantity = 1",
        f"{GIVEN}; UPDATE order_lines SET payable_fen = 1",
        f"{GIVEN}; UPDATE order_lines SET gift = NULL",
        f"{GIVEN}; UPDATE promotion_uses SET gift_units = 0",
        f"{GIVEN}; UPDATE orders SET status = 'closed' WHERE id = :unpaid",
    ],
    "I3a": [
        "UPDATE stocks SET sellable = sellable + 1",
        "UPDATE stocks SET sellable = sellable + reserved + 1, reserved = -1",
    ],
    "I3b": [
        "UPDATE stocks SET received = received + 1, sellable = sellable + 1",
        "DELETE FROM stock_movements WHERE kind = 'put_in'",
        "DELETE FROM stocks",
    ],
    "I3c": [
        "UPDATE stocks SET sellable = sellable + reserved, reserved = 0",
        "UPDATE orders SET status = 'closed' WHERE id = :unpaid",
    ],
    "I3d": ["UPDATE stocks SET sellable = sellable + sold, sold = 0"],
    "I3e": [
        "UPDATE shipment_lines SET quantity = quantity + 1",
        "UPDATE order_lines SET shipped_quantity = 0",
        "UPDATE order_lines SET restocked_quantity = quantity",
    ],
    "I3f": [
        "INSERT INTO stock_closings SELECT sku_id, max(id), sum(sellable_delta) + 1,"
        " sum(reserved_delta), sum(sold_delta), now() FROM stock_movements GROUP BY sku_id",
        "INSERT INTO stock_closings SELECT sku_id, min(id) - 1, 0, 0, 0, now()"
        " FROM stock_movements GROUP BY sku_id",
    ],
    "I5a": [
        "UPDATE payment_attempts SET amount_fen = amount_fen - 1",
        "UPDATE payment_attempts SET openid = 'oSomebodyElse'",
        "UPDATE payment_attempts SET transaction_id = NULL",
        "UPDATE orders SET status = 'unpaid'",
    ],
    "I5b": [
        "DELETE FROM payment_attempts",
        "UPDATE payment_attempts SET status = 'closed', transaction_id = NULL",
    ],
    "I5c": [
        "UPDATE payment_attempts SET status = 'refunded'",
        "UPDATE refunds SET kind = 'late_payment'",
    ],
    "I8a": [
        "UPDATE orders SET refunded_fen = paid_fen + 1 WHERE id = :paid",
        "UPDATE order_lines SET refunded_fen = payable_fen + 1",
        "UPDATE order_lines SET refunded_quantity = quantity + 1",
    ],
    "I8b": [
        "UPDATE orders SET refunded_fen = 1 WHERE id = :paid",
        "UPDATE orders SET refunding_fen = 0 WHERE id = :paid",
        "UPDATE refunds SET status = 'succeeded'",
        "UPDATE refunds SET status = 'canceled'",
    ],
    "I8c": [
        "UPDATE refund_lines SET amount_fen = amount_fen + 1",
        "UPDATE refund_lines SET quantity = 0",
        "UPDATE order_lines SET rebated_fen = 5 WHERE order_id = :paid",
        "UPDATE refunds SET status = 'canceled'",
    ],
    "I8d": ["UPDATE refunds SET amount_fen = 1000000"],
    "I13c": [
        "INSERT INTO order_adjustments (order_id, lane, source, label, amount_fen, shares)"
        " VALUES (:unpaid, 'PROMOTION', 'staff\\:price', 'x', 5, '{5}')",
        "INSERT INTO order_price_changes (order_id, changed_by, reason, payable_before_fen,"
        " payable_after_fen, freight_before_fen, freight_after_fen)"
        " SELECT id, 'x', 'x', payable_fen, payable_fen - 1, freight_fen, freight_fen"
        " FROM orders WHERE id = :unpaid",
    ],
    "I5d": [
        "INSERT INTO payment_attempts (order_id, out_trade_no, amount_fen, openid, status, request,"
        " expires_at) SELECT id, 'X', payable_fen + 1, 'o', 'prepaid', '{}', expires_at"
        " FROM orders WHERE id = :unpaid",
    ],
    "I14": [
        "UPDATE orders SET hold_reason = 'x' WHERE id = :paid",
        "UPDATE order_lines SET shipped_quantity = 0; DELETE FROM shipment_lines;"
        "UPDATE orders SET hold_reason = 'x', status = 'shipped' WHERE id = :paid",
    ],
    "I15a": [
        "UPDATE order_lines SET rebated_fen = payable_fen",
        "UPDATE orders SET refunding_fen = refunding_fen + 1 WHERE id = :paid",
    ],
    "I16a": [
        "UPDATE orders SET settled_at = now() WHERE id = :paid",
        "UPDATE orders SET status = 'completed', completed_at = now(),"
        " settled_at = now() + interval '1 s' WHERE id = :paid",
        f"UPDATE refunds SET status = 'succeeded'; {AFTER_SALE}; UPDATE orders SET"
        " status = 'completed', completed_at = now(), settled_at = now() WHERE id = :paid",
        "UPDATE refunds SET status = 'succeeded'; UPDATE orders SET status = 'completed',"
        " completed_at = now() + interval '1 s', settled_at = now() WHERE id = :paid",
    ],
    "I16b": [
        "UPDATE refunds SET status = 'succeeded'; UPDATE orders SET status = 'completed',"
        " completed_at = now() - interval '8 days' WHERE id = :paid",
    ],
    "I13a": ["UPDATE orders SET payable_fen = 0", "UPDATE orders SET payable_fen = -824"],
    "I13b": [
        "UPDATE orders SET payable_fen = payable_fen + 1",
        "UPDATE orders SET discount_fen = 1",
        "DELETE FROM order_adjustments",
        "UPDATE order_adjustments SET amount_fen = 1",
        "DELETE FROM refund_lines; DELETE FROM shipment_lines; DELETE FROM order_lines",
    ],
    "I6a": [
        "INSERT INTO order_transitions (order_id, from_status, to_status, cause)"
        " VALUES (:paid, 'shipped', 'paid', 'magic')",
        "INSERT INTO order_transitions (order_id, from_status, to_status, cause)"
        " VALUES (:unpaid, 'closed', 'paid', 'magic')",
        "DELETE FROM order_transitions WHERE from_status IS NULL",
        "UPDATE order_transitions SET from_status = 'paid' WHERE to_status = 'paid'",
    ],
    "I6b": [
        "UPDATE orders SET status = 'closed' WHERE id = :unpaid",
        "DELETE FROM order_transitions",
    ],
    "I6c": [
        "UPDATE orders SET status = 'closed' WHERE id = :paid",
        "UPDATE orders SET status = 'closed', close_reason = 'refunded' WHERE id = :paid",
        "UPDATE orders SET status = 'closed', close_reason = 'staff' WHERE id = :paid;"
        "UPDATE order_lines SET refunded_quantity = quantity",
        "UPDATE orders SET status = 'paid' WHERE id = :unpaid",
        "UPDATE orders SET replaces_order_id = :unpaid WHERE id = :paid",
    ],
    "I24a": [
        "INSERT INTO pickups (order_id, point_id, code, status) VALUES (:paid, 1, '0', 'void')",
        "INSERT INTO pickups (order_id, point_id, code, status) VALUES (:paid, 1, '0', 'redeemed')",
        "INSERT INTO pickups (order_id, point_id, code) VALUES (:unpaid, 1, '0');"
        "UPDATE orders SET status = 'closed' WHERE id = :unpaid",
    ],
    "I24b": [
        "UPDATE shipments SET carrier_code = 'PICKUP'",
        "INSERT INTO pickups (order_id, point_id, code) VALUES (:paid, 1, '0')",
        "INSERT INTO pickups (order_id, point_id, code, status)"
        " VALUES (:unpaid, 1, '0', 'redeemed')",
    ],
    "I24c": [
        "INSERT INTO pickups (order_id, point_id, code) VALUES (:unpaid, 1, '0')",
        'UPDATE orders SET choices = \'{"freight": "pickup:1"}\'',
    ],
    "I11a": [
        "UPDATE procrastinate_events SET at = now() - interval '16 minutes'",
        "UPDATE procrastinate_jobs SET scheduled_at = now() - interval '16 minutes';"
        "UPDATE procrastinate_events SET at = now() - interval '16 minutes'",
    ],
    "I11b": [
        "UPDATE procrastinate_jobs SET status = 'doing';"
        "UPDATE procrastinate_events SET at = now() - interval '16 minutes'",
    ],
    "I11c": [
        "UPDATE orders SET expires_at = now() - interval '2 hours' WHERE id = :unpaid",
    ],
    "I11d": ["UPDATE outbound_calls SET state = 'pending', due_at = now() - interval '2 hours'"],
    "I11p": [
        "UPDATE outbound_calls SET due_at = now() - interval '11 minutes',"
        " paced_since = now() - interval '11 minutes';"
        "INSERT INTO outbound_paces SELECT kind, now() - interval '11 minutes' FROM outbound_calls",
    ],
    "I11k": [
        "UPDATE payment_attempts SET next_query_at = now() - interval '2 hours'",
        "INSERT INTO order_closings (order_id, cause, next_try_at)"
        " VALUES (:unpaid, 'expired', now() - interval '2 hours')",
    ],
    "I11f": ["DELETE FROM outbound_calls; UPDATE shipping_reports SET status = 'pending'"],
    "I11l": ["DELETE FROM outbound_calls; UPDATE refunds SET status = 'sent'"],
    "I11j": [
        "UPDATE orders SET status = 'shipped', auto_confirm_at = now() - interval '2 hours'"
        " WHERE id = :paid",
    ],
    "I11i": [
        "INSERT INTO messages (kind, purpose, ref, user_id, template_id, status)"
        " SELECT 'order_shipped', 'order', 'x', id, 't', 'sending' FROM users LIMIT 1",
    ],
    "I11e": [
        "INSERT INTO wechat_pushes (dedupe_key, event, received_at)"
        " VALUES ('x', 'y', now() - interval '16 minutes')",
    ],
}
