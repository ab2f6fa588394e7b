"""Hidden coupons (隐藏券): a reward for whoever enters a phrase that staff post in a group.

Phrases are kept in plain text, without spaces and case: staff post them in the open. Guessing is
bounded by a rate limit, a claim by a unique row and a conditional UPDATE. Lock order: the hidden
coupon, then as `grant` locks, the claim.
"""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.games.communities.errors import HiddenCouponPaused, HiddenCouponUsedUp, PhraseUnknown
from mall.games.communities.models import HiddenCoupon, HiddenCouponClaim
from mall.games.communities.phrases import plain
from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.rewards.granters import read_reward
from mall.rewards.granting import Source, grant


def claim_hidden_coupon(user_id: int, phrase: str) -> int:
    """Give the shopper what a phrase hides, once: the hidden coupon's id. Again gives nothing more.

    Raises PhraseUnknown, HiddenCouponPaused, HiddenCouponUsedUp, AccountClosed, and what `grant`
    refuses.
    """
    with transaction() as session:
        hidden = session.execute(
            select(HiddenCoupon.id, HiddenCoupon.rule_id, HiddenCoupon.reward).where(
                HiddenCoupon.phrase == plain(phrase), HiddenCoupon.published_at.is_not(None)
            )
        ).one_or_none()
        if hidden is None:
            raise PhraseUnknown
        if _has_claimed(session, hidden.id, user_id):
            return int(hidden.id)
        refusal = _take_place(session, hidden.id)
        if _has_claimed(session, hidden.id, user_id):  # by another request, meanwhile
            if refusal is None:
                _give_place_back(session, hidden.id)
            return int(hidden.id)
        if refusal is not None:
            raise refusal
        source = Source(hidden.rule_id, event_of(hidden.id))
        made = grant(session, user_id, source, read_reward(hidden.reward))
        session.execute(
            insert(HiddenCouponClaim).values(
                hidden_coupon_id=hidden.id, user_id=user_id, grant_id=made.id
            )
        )
        return int(hidden.id)


def event_of(hidden_coupon_id: int) -> str:
    """What the reward is given for."""
    return f"hidden_coupon:{hidden_coupon_id}"


def _has_claimed(session: Session, hidden_coupon_id: int, user_id: int) -> bool:
    mine = select(HiddenCouponClaim.user_id).where(
        HiddenCouponClaim.hidden_coupon_id == hidden_coupon_id,
        HiddenCouponClaim.user_id == user_id,
    )
    return session.scalar(mine) is not None


def _take_place(session: Session, hidden_coupon_id: int) -> MallError | None:
    """One place, by one conditional UPDATE; the row is locked until the commit. Or why not."""
    now = func.clock_timestamp()
    valid = (
        HiddenCoupon.revoked_at.is_(None)
        & (HiddenCoupon.starts_at <= now)
        & (HiddenCoupon.ends_at > now)
    )
    taken = session.scalar(
        update(HiddenCoupon)
        .where(
            HiddenCoupon.id == hidden_coupon_id,
            valid & ~HiddenCoupon.paused,
            HiddenCoupon.used < HiddenCoupon.places,
        )
        .values(used=HiddenCoupon.used + 1)
        .returning(HiddenCoupon.id),
        execution_options={"synchronize_session": False},
    )
    if taken is not None:
        return None
    found = select(valid.label("is_valid"), HiddenCoupon.paused)
    row = session.execute(found.where(HiddenCoupon.id == hidden_coupon_id)).one()
    if not row.is_valid:
        return PhraseUnknown()
    return HiddenCouponPaused() if row.paused else HiddenCouponUsedUp()


def _give_place_back(session: Session, hidden_coupon_id: int) -> None:
    session.execute(
        update(HiddenCoupon)
        .where(HiddenCoupon.id == hidden_coupon_id)
        .values(used=HiddenCoupon.used - 1)
        .execution_options(synchronize_session=False)
    )
