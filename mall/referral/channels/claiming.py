"""A new shopper scans a channel's code and claims its coupon: once a channel.

Lock order: the shopper, then what claiming a coupon locks.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from mall.coupons import claiming
from mall.kernel.db import transaction
from mall.orders.customers import person_has_bought
from mall.referral.channels.errors import ChannelNotOpen, ChannelWithoutCoupon, NewShoppersOnly
from mall.referral.channels.models import ChannelClaim
from mall.sharing.channels.models import Channel
from mall.sharing.channels.queries import is_open
from mall.sharing.shares import opening
from mall.sharing.shares.errors import ShareExpired, ShareNotFound
from mall.sharing.shares.opening import FoundShare

# Two presses at once: the second waits here, and finds the first one's claim.
_LOCK = text("SELECT FROM users WHERE id = :user_id FOR NO KEY UPDATE")
_BOUGHT = text(f"SELECT {person_has_bought('u')} FROM users u WHERE u.id = :user_id")  # noqa: S608


@dataclass(frozen=True, slots=True)
class ChannelOffer:
    """The coupon of a channel for a shopper: `coupon_id` is theirs once they claimed it."""

    template_id: int
    coupon_id: int | None
    can_claim: bool


def claim(user_id: int, token: str) -> int:
    """Claim the coupon of the channel whose code was scanned, which is an opening, too: its id.

    Again gives the same coupon. Raises ShareNotFound, ShareExpired, ChannelWithoutCoupon,
    ChannelNotOpen, NewShoppersOnly, TemplateNotFound, ClaimNotOpen, AllClaimed, ClaimLimitReached.
    """
    with transaction() as session:
        share, channel_id = _channel_share(session, token)
        template_id = _template_of(session, channel_id)
        session.execute(_LOCK, {"user_id": user_id})
        known = _claimed(session, channel_id, user_id)
        if known is not None:
            return known
        if not is_open(session, channel_id):
            raise ChannelNotOpen
        if _has_bought(session, user_id):
            raise NewShoppersOnly
        opening.record_open(session, share, user_id)
        coupon_id = claiming.claim_for_channel(session, user_id, template_id)
        session.execute(
            insert(ChannelClaim).values(channel_id=channel_id, user_id=user_id, coupon_id=coupon_id)
        )
        return coupon_id


def offer(session: Session, user_id: int, token: str) -> ChannelOffer:
    """What a channel offers this shopper. Raises ShareNotFound, ShareExpired,
    ChannelWithoutCoupon."""
    _, channel_id = _channel_share(session, token)
    template_id = _template_of(session, channel_id)
    known = _claimed(session, channel_id, user_id)
    can_claim = known is None and is_open(session, channel_id) and not _has_bought(session, user_id)
    return ChannelOffer(template_id, known, can_claim)


def _channel_share(session: Session, token: str) -> tuple[FoundShare, int]:
    share = opening.find(session, token)
    if share is None:
        raise ShareNotFound
    if share.channel_id is None:
        raise ChannelWithoutCoupon
    if share.expired:
        raise ShareExpired
    return share, share.channel_id


def _template_of(session: Session, channel_id: int) -> int:
    offered = select(Channel.coupon_template_id).where(Channel.id == channel_id)
    template_id = session.scalar(offered)
    if template_id is None:
        raise ChannelWithoutCoupon
    return template_id


def _claimed(session: Session, channel_id: int, user_id: int) -> int | None:
    return session.scalar(
        select(ChannelClaim.coupon_id).where(
            ChannelClaim.channel_id == channel_id, ChannelClaim.user_id == user_id
        )
    )


def _has_bought(session: Session, user_id: int) -> bool:
    return bool(session.scalar(_BOUGHT, {"user_id": user_id}))
