"""What shares brought: new shoppers, and orders. Each once, for one sharer."""

from __future__ import annotations

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from mall.kernel.events import publish
from mall.orders.customers import has_bought
from mall.orders.events import OrderPaid
from mall.orders.kinds import earning_kinds
from mall.sharing.shares import opening
from mall.sharing.shares.counting import TODAY, take_place
from mall.sharing.shares.events import ShareBroughtOrder, ShareBroughtShopper
from mall.sharing.shares.models import ShareOrder, ShareShopper
from mall.sharing.shares.settings import SHARE_ORDER_DAYS
from mall.users import first_touch
from mall.users.events import ShopperRegistered
from mall.users.first_touch import FirstTouch

# A share that is younger than the account brought nobody. Nor is a customer new who closed an
# account before, while the shop knows of that.
_BROUGHT_SHOPPER = text(
    f"""
    INSERT INTO share_shoppers (share_id, sharer_id, opener_id, day)
    SELECT s.id, s.user_id, u.id, {TODAY} FROM shares s, users u
    WHERE s.id = :share_id AND u.id = :opener_id AND u.id <> s.user_id
      AND u.closed_at IS NULL AND s.created_at <= u.created_at
      AND NOT {has_bought("u.id", before="u.created_at")}
    ON CONFLICT ON CONSTRAINT uq_share_shoppers_opener_id DO NOTHING
    RETURNING id, day, (SELECT created_at FROM users WHERE id = :opener_id) AS opener_since
    """  # noqa: S608
)
# The last share that was opened before the order was placed. A late payment's order is as old
# as the one that it stands for.
_BROUGHT_ORDER = text(
    f"""
    INSERT INTO share_orders (order_id, share_id, sharer_id, day, first_order)
    SELECT o.id, p.share_id, p.sharer_id, {TODAY},
           NOT {has_bought("o.user_id", but="o.id", before="o.paid_at")}
    FROM orders o LEFT JOIN orders r ON r.id = o.replaces_order_id
    JOIN share_opens p ON p.opener_id = o.user_id
        AND p.created_at <= coalesce(r.created_at, o.created_at)
        AND p.created_at > coalesce(r.created_at, o.created_at) - make_interval(days => :days)
    WHERE o.order_no = :order_no AND o.paid_at IS NOT NULL AND o.payable_fen > 0
      AND o.kind = ANY(CAST(:kinds AS text[]))
    ORDER BY p.created_at DESC, p.id DESC LIMIT 1
    ON CONFLICT DO NOTHING
    RETURNING order_id, share_id, sharer_id, day, first_order
    """  # noqa: S608
)
_PAGE = text("SELECT page_kind, page_id FROM shares WHERE id = :share_id")


def _token_in(touch: FirstTouch | None) -> str | None:
    """The share's token in what the client said at registration: `{"share": "<token>"}`."""
    said = touch.get("share") if isinstance(touch, dict) else None
    return said if isinstance(said, str) else None


def bring_shopper(session: Session, event: ShopperRegistered) -> None:
    """A new shopper came through a share: they opened it then, and are counted for its owner."""
    token = _token_in(first_touch.of(session, event.user_id))
    share = token and opening.find(session, token)
    if not share:
        return
    made = session.execute(
        _BROUGHT_SHOPPER, {"share_id": share.id, "opener_id": event.user_id}
    ).one_or_none()
    if made is None:
        return
    opening.record_open(session, share, event.user_id, made.opener_since)
    if not take_place(session, share.user_id, made.day, "shoppers"):
        return
    session.execute(update(ShareShopper).where(ShareShopper.id == made.id).values(counted=True))
    publish(
        session,
        ShareBroughtShopper(
            sharer_id=share.user_id,
            opener_id=event.user_id,
            day=str(made.day),
            page_kind=share.page_kind,
            page_id=share.page_id,
            shopper_no=made.id,
            key=f"share_shopper:{made.id}",
        ),
    )


def bring_order(session: Session, event: OrderPaid) -> None:
    """A paid order belongs to the last share that its shopper had opened when placing it."""
    given = {
        "order_no": event.order_no,
        "days": SHARE_ORDER_DAYS.get(),
        "kinds": earning_kinds(),
    }
    made = session.execute(_BROUGHT_ORDER, given).one_or_none()
    if made is None or not take_place(session, made.sharer_id, made.day, "orders"):
        return
    session.execute(
        update(ShareOrder).where(ShareOrder.order_id == made.order_id).values(counted=True)
    )
    page = session.execute(_PAGE, {"share_id": made.share_id}).one()
    publish(
        session,
        ShareBroughtOrder(
            sharer_id=made.sharer_id,
            opener_id=event.user_id,
            order_no=event.order_no,
            ground=f"order:{event.order_no}",
            day=str(made.day),
            page_kind=page.page_kind,
            page_id=page.page_id,
            first_order=made.first_order,
            key=f"share_order:{event.order_no}",
        ),
    )
