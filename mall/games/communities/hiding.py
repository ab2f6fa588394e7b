"""Hidden coupons (隐藏券): a reward for whoever enters a phrase that staff post in a group.

Phrases are kept in plain text, without spaces and case: staff post them in the open. Guessing is
bounded by a rate limit, a claim by a unique row and a conditional UPDATE. Lock order: the hidden
coupon, then as `grant` locks, the claim.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mall.compliance.reviewing import review
from mall.games.communities.describing import describe_hidden_coupon
from mall.games.communities.errors import (
    CommunityTimesInvalid,
    HiddenCouponNotFound,
    HiddenCouponUsedUp,
    PhraseTaken,
    PhraseUnknown,
)
from mall.games.communities.models import HiddenCoupon, HiddenCouponClaim
from mall.games.communities.rules import reward_of
from mall.kernel.codes import draw_code
from mall.kernel.db import constraint_of, db_now, transaction
from mall.kernel.errors import MallError
from mall.rewards.granters import read_reward
from mall.rewards.granting import Source, grant
from mall.staff.audit import record

LENGTH = 10
"""Of a phrase that is drawn: 31^10, so who guesses ten times a minute finds none."""


def make_hidden_coupon(terms: Mapping[str, Any], *, accept_warnings: bool = False) -> int:
    """A new hidden coupon: its id. Without a phrase one is drawn. Its terms never change.

    Raises CommunityTimesInvalid, CommunityRuleUnknown, PhraseTaken, CampaignRefused,
    CampaignWarned.
    """
    with transaction() as session:
        if terms["ends_at"] <= max(terms["starts_at"], db_now(session)):
            raise CommunityTimesInvalid(param="ends_at")
        reward = reward_of(session, terms["rule_id"])
        phrase = terms["phrase"] or draw_code(LENGTH)
        values = {**terms, "phrase": plain(phrase), "reward": reward}
        made = _insert(session, values)
        review(session, describe_hidden_coupon(made), 1, accept_warnings=accept_warnings)
        audited = {
            name: str(value) if name in ("rule_id", "starts_at", "ends_at") else value
            for name, value in values.items()
            if name != "phrase"  # who sees it can use it
        }
        _audit(session, "create", made.id, audited)
        return made.id


def revoke_hidden_coupon(hidden_coupon_id: int) -> None:
    """Let nobody claim it any more; again changes nothing. Raises HiddenCouponNotFound."""
    with transaction() as session:
        known = session.scalar(select(HiddenCoupon.id).where(HiddenCoupon.id == hidden_coupon_id))
        if known is None:
            raise HiddenCouponNotFound
        revoked = session.scalar(
            update(HiddenCoupon)
            .where(HiddenCoupon.id == hidden_coupon_id, HiddenCoupon.revoked_at.is_(None))
            .values(revoked_at=func.clock_timestamp())
            .returning(HiddenCoupon.id),
            execution_options={"synchronize_session": False},
        )
        if revoked is not None:
            _audit(session, "revoke", hidden_coupon_id, {})


def claim_hidden_coupon(user_id: int, phrase: str) -> int:
    """Give the shopper what a phrase hides, once: the hidden coupon's id. Again gives nothing more.

    Raises PhraseUnknown, HiddenCouponUsedUp, AccountClosed, and what `grant` refuses.
    """
    with transaction() as session:
        hidden = session.execute(
            select(HiddenCoupon.id, HiddenCoupon.rule_id, HiddenCoupon.reward).where(
                HiddenCoupon.phrase == plain(phrase)
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


def plain(phrase: str) -> str:
    """A phrase as it is kept and compared: without spaces, widths and case."""
    return "".join(unicodedata.normalize("NFKC", phrase).casefold().split())


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
        .where(HiddenCoupon.id == hidden_coupon_id, valid, HiddenCoupon.used < HiddenCoupon.places)
        .values(used=HiddenCoupon.used + 1)
        .returning(HiddenCoupon.id),
        execution_options={"synchronize_session": False},
    )
    if taken is not None:
        return None
    is_valid = session.scalar(select(valid).where(HiddenCoupon.id == hidden_coupon_id))
    return HiddenCouponUsedUp() if is_valid else PhraseUnknown()


def _give_place_back(session: Session, hidden_coupon_id: int) -> None:
    session.execute(
        update(HiddenCoupon)
        .where(HiddenCoupon.id == hidden_coupon_id)
        .values(used=HiddenCoupon.used - 1)
        .execution_options(synchronize_session=False)
    )


def _insert(session: Session, values: Mapping[str, Any]) -> HiddenCoupon:
    try:
        return session.scalars(insert(HiddenCoupon).values(**values).returning(HiddenCoupon)).one()
    except IntegrityError as fault:
        if constraint_of(fault) == "uq_hidden_coupons_phrase":
            raise PhraseTaken(param="phrase") from None
        raise


def _audit(session: Session, verb: str, hidden_coupon_id: int, after: dict[str, Any]) -> None:
    record(
        session,
        action=f"hidden_coupon.{verb}",
        target_type="hidden_coupon",
        target_id=hidden_coupon_id,
        after=after,
    )
