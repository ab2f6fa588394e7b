"""I5, I11, I14: what was paid, what WeChat must be asked, what is held meanwhile."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I5a",
        "a successful payment pays one order: its amount, its payer",
        """
        SELECT a.id AS attempt_id, o.order_no, o.status, o.paid_fen, a.amount_fen,
               o.openid = a.openid AS payer_matches
        FROM payment_attempts a
        CROSS JOIN LATERAL (
            SELECT o.*, (SELECT openid FROM users WHERE id = o.user_id) AS openid
            FROM orders o WHERE o.id = a.order_id LIMIT 1
        ) o
        WHERE a.created_at >= :since AND a.status = 'succeeded'
          AND (o.paid_fen <> a.amount_fen OR o.openid <> a.openid OR o.status = 'unpaid'
               OR a.transaction_id IS NULL)
        """,
    ),
    Invariant(
        "I5b",
        "a paid order has exactly one successful payment; one that costs nothing has none",
        """
        SELECT o.order_no, o.paid_fen, a.payments
        FROM orders o
        CROSS JOIN LATERAL (
            SELECT count(*) AS payments FROM payment_attempts
            WHERE order_id = o.id AND status = 'succeeded'
        ) a
        WHERE o.created_at >= :since AND o.paid_at IS NOT NULL
          AND a.payments <> CASE WHEN o.payable_fen > 0 THEN 1 ELSE 0 END
        """,
    ),
    Invariant(
        "I5c",
        "a payment that pays for nothing goes back in full, once",
        """
        SELECT a.id AS attempt_id, a.status, a.amount_fen, r.whole_refunds, r.refunds_fen
        FROM payment_attempts a
        CROSS JOIN LATERAL (
            SELECT count(*) AS whole_refunds, sum(amount_fen) AS refunds_fen
            FROM refunds WHERE attempt_id = a.id AND kind <> 'order'
        ) r
        WHERE a.created_at >= :since
          AND CASE WHEN a.status = 'refunded'
              THEN r.whole_refunds <> 1 OR r.refunds_fen <> a.amount_fen
              ELSE r.whole_refunds > 0 END
        """,
    ),
    Invariant(
        "I5d",
        "what a shopper can pay for an order is what the order costs",
        """
        SELECT o.order_no, o.payable_fen, a.out_trade_no, a.amount_fen
        FROM payment_attempts a JOIN orders o ON o.id = a.order_id
        WHERE a.created_at >= :since AND a.status IN ('created', 'prepaid')
          AND o.status = 'unpaid' AND a.amount_fen <> o.payable_fen
        """,
    ),
    Invariant(
        "I11k",
        "WeChat is asked about payments, and orders are closed, within the hour",
        """
        SELECT 'payment' AS what, a.id, a.next_query_at AS due_at FROM payment_attempts a
        WHERE a.next_query_at < now() - interval '1 hour'
        UNION ALL
        SELECT 'closing', c.order_id, c.next_try_at FROM order_closings c
        WHERE c.next_try_at < now() - interval '1 hour'
        """,
    ),
    Invariant(
        "I11c",
        "an unpaid order is on its way to be closed within an hour of its time",
        """
        SELECT o.order_no, o.expires_at FROM orders o
        WHERE o.status = 'unpaid' AND o.expires_at < now() - interval '1 hour'
          AND NOT EXISTS (SELECT 1 FROM order_closings c WHERE c.order_id = o.id)
        """,
    ),
    Invariant(
        "I14d",
        "nothing of an order is sent while WeChat contradicts our books about it",
        """
        SELECT d.id AS discrepancy_id, d.kind, d.number, s.id AS shipment_id
        FROM payment_discrepancies d
        JOIN shipments s ON s.order_id = d.order_id AND s.created_at > d.created_at
            AND s.created_at < coalesce(d.resolved_at, 'infinity')
        WHERE s.created_at >= :since
        """,
    ),
)
