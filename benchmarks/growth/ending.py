"""What was still open when the stories ended is brought to an end before it is copied: a shop with
a long history has no long backlog."""

from __future__ import annotations

ENDINGS = (
    "UPDATE growth.messages SET status = 'sent', not_before = NULL WHERE status = 'waiting'",
    """
    UPDATE growth.outbound_calls
    SET state = 'done', due_at = NULL, claimed_until = NULL, paced_since = NULL
    WHERE state <> 'done'
    """,
    "UPDATE growth.shipping_reports SET status = 'uploaded' WHERE status = 'pending'",
    "UPDATE growth.content_checks SET status = 'pass' WHERE status = 'waiting'",
    "UPDATE growth.moderated_contents SET status = 'approved' WHERE status = 'pending'",
    "UPDATE growth.payment_attempts SET next_query_at = NULL",
    """
    UPDATE growth.orders o SET refunded_fen = o.refunded_fen + o.refunding_fen, refunding_fen = 0
    WHERE o.refunding_fen > 0
    """,
    """
    UPDATE growth.refunds SET status = 'succeeded', error = NULL, error_message = NULL,
        tried_at = created_at, succeeded_at = created_at, ended_at = created_at
    WHERE status NOT IN ('succeeded', 'canceled')
    """,
    "DELETE FROM growth.order_closings",
    "DELETE FROM growth.review_chances",
    """
    UPDATE growth.orders SET status = 'closed', closed_at = expires_at, close_reason = 'expired'
    WHERE status = 'unpaid'
    """,
    """
    UPDATE growth.orders SET status = 'completed', completed_at = shipped_at
    WHERE status = 'shipped'
    """,
    """
    UPDATE growth.orders SET settled_at = completed_at
    WHERE status = 'completed' AND settled_at IS NULL
    """,
    "DELETE FROM growth.commission_lines WHERE status = 'pending'",
    "UPDATE growth.groupbuy_members SET due = NULL, due_since = NULL, due_tries = 0",
    """
    UPDATE growth.groupbuy_teams SET status = 'failed', closed_at = coalesce(expires_at, created_at)
    WHERE status IN ('opening', 'forming', 'formed')
    """,
    "UPDATE growth.referral_invites SET status = 'void' WHERE status = 'waiting'",
    """
    UPDATE growth.groupbuy_activities SET status = 'ended', ended_at = ends_at,
        started_at = coalesce(started_at, starts_at), stock_returned_at = ends_at
    """,
    "UPDATE growth.groupbuy_skus SET stock = sold",
    """
    UPDATE growth.ladder_campaigns c SET stopped_at = v.ends_at, stop_reason = 'over'
    FROM growth.ladder_versions v WHERE v.campaign_id = c.id AND v.version = c.version
    """,
)
"""SQL, run on the rows that are copied and nowhere else."""
STOCK_AFTER = """
    UPDATE stocks s SET sellable = m.sellable, reserved = m.reserved, sold = m.sold,
        received = m.sellable + m.reserved + m.sold
    FROM (
        SELECT sku_id, sum(sellable_delta) AS sellable, sum(reserved_delta) AS reserved,
               sum(sold_delta) AS sold
        FROM stock_movements GROUP BY sku_id
    ) m WHERE m.sku_id = s.sku_id
"""
"""SQL: what the copies' movements came to, for stock stays single."""
