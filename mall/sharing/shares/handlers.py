"""New shoppers whom shares brought: each once, for one sharer or channel."""

from __future__ import annotations

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from mall.kernel.events import publish
from mall.orders.customers import has_bought
from mall.sharing.shares import opening
from mall.sharing.shares.counting import TODAY, take_place
from mall.sharing.shares.events import ShareBroughtShopper
from mall.sharing.shares.models import ShareShopper
from mall.sharing.shares.opening import FoundShare
from mall.users import first_touch
from mall.users.events import ShopperRegistered

# A share that is younger than the account brought nobody. Nor is a customer new who closed an
# account before, while the shop knows of that.
_BROUGHT_SHOPPER = text(
    f"""
    INSERT INTO share_shoppers (share_id, sharer_id, channel_id, opener_id, day)
    SELECT s.id, s.user_id, s.channel_id, u.id, {TODAY} FROM shares s, users u
    WHERE s.id = :share_id AND u.id = :opener_id AND u.id IS DISTINCT FROM s.user_id
      AND u.closed_at IS NULL AND s.created_at <= u.created_at
      AND NOT {has_bought("u.id", before="u.created_at")}
    ON CONFLICT ON CONSTRAINT uq_share_shoppers_opener_id DO NOTHING
    RETURNING id, day, (SELECT created_at FROM users WHERE id = :opener_id) AS opener_since
    """  # noqa: S608
)


def share_of_registration(session: Session, user_id: int) -> FoundShare | None:
    """The share by which a shopper came, as the client said at registration:
    `{"share": "<token>"}`."""
    touch = first_touch.of(session, user_id)
    said = touch.get("share") if isinstance(touch, dict) else None
    found = opening.find(session, said) if isinstance(said, str) else None
    return None if found is None or found.expired else found


def bring_shopper(session: Session, event: ShopperRegistered) -> None:
    """A new shopper came through a share: they opened it then, and are counted for its owner."""
    share = share_of_registration(session, event.user_id)
    if share is None:
        return
    made = session.execute(
        _BROUGHT_SHOPPER, {"share_id": share.id, "opener_id": event.user_id}
    ).one_or_none()
    if made is None:
        return
    opening.record_open(session, share, event.user_id, made.opener_since)
    if share.user_id is None or not take_place(session, share.user_id, made.day, "shoppers"):
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
