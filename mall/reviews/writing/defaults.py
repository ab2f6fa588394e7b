"""Five stars by default, marked as such, when the time to write is over."""

from __future__ import annotations

from sqlalchemy import text

from mall.kernel.db import int_array, transaction
from mall.kernel.failpoints import around_commit
from mall.orders.kinds import earning_kinds
from mall.reviews.writing.settings import DEFAULT_STARS
from mall.reviews.writing.watching import added

BATCH = 500
_DUE = text(
    """
    DELETE FROM review_chances WHERE order_line_id IN (
        SELECT order_line_id FROM review_chances WHERE until <= clock_timestamp()
        ORDER BY until LIMIT :batch FOR UPDATE SKIP LOCKED
    ) RETURNING order_line_id
    """
)
_WRITE = text(
    """
    INSERT INTO reviews (order_line_id, order_id, order_kind, user_id, spu_id, sku_id, sku_spec,
        goods_stars, logistics_stars, service_stars, anonymous, origin, status, approved_at)
    SELECT l.id, o.id, o.kind, o.user_id, l.spu_id, l.sku_id, l.spec_text, 5, 5, 5, true,
        'default', 'approved', clock_timestamp()
    FROM order_lines l JOIN orders o ON o.id = l.order_id
    JOIN users u ON u.id = o.user_id AND u.closed_at IS NULL
    WHERE l.id = ANY(CAST(:ids AS bigint[])) AND o.kind = ANY(CAST(:kinds AS text[]))
      AND o.status = 'completed' AND l.refunded_quantity < l.quantity
    ORDER BY l.id ON CONFLICT DO NOTHING RETURNING id
    """
)


def write_defaults() -> int:
    """Write the default reviews of the next lines that are due; how many lines were looked at.

    A line that was reviewed or refunded gets none, nor does an order of a kind that doesn't earn,
    such as a trial. A kill leaves all of a batch undone or done.
    """
    with transaction() as session:
        around_commit(session, "reviews.before_defaults_commit", "reviews.after_defaults_commit")
        due = session.scalars(_DUE, {"batch": BATCH}).all()
        if due and DEFAULT_STARS.get():
            asked = {"ids": int_array(due), "kinds": earning_kinds()}
            added(session, session.scalars(_WRITE, asked).all(), announce=False)
    return len(due)
