"""Composing hidden coupons, publishing, pausing and revoking them.

Every change locks the hidden coupon's row and leaves an audit row, without the phrase: who sees a
phrase can use it. Published terms never change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mall.compliance.reviewing import review
from mall.games.communities.describing import describe_hidden_coupon
from mall.games.communities.errors import (
    CommunityTimesInvalid,
    HiddenCouponChanged,
    HiddenCouponNotFound,
    HiddenCouponNotPublished,
    HiddenCouponOver,
    HiddenCouponPublished,
    PhraseTaken,
)
from mall.games.communities.models import HiddenCoupon
from mall.games.communities.phrases import plain
from mall.games.communities.rules import reward_of
from mall.games.communities.states import DRAFT, OVER, REVOKED, hidden_state_of
from mall.kernel.codes import draw_code
from mall.kernel.db import constraint_of, db_now, transaction
from mall.staff.audit import record

Terms = Mapping[str, Any]
"""By the fields of `HiddenCouponTermsSchema`."""
LENGTH = 10
"""Of a phrase that is drawn: 31^10, so who guesses ten times a minute finds none."""


def create_hidden_coupon(terms: Terms) -> int:
    """A new draft: its id. Without a phrase one is drawn.

    Raises CommunityTimesInvalid, CommunityRuleUnknown, PhraseTaken.
    """
    with transaction() as session:
        values = _checked(session, terms)
        with _phrase_must_be_free():
            hidden_coupon_id = session.execute(
                insert(HiddenCoupon).values(**values).returning(HiddenCoupon.id)
            ).scalar_one()
        _audit(session, "create", hidden_coupon_id, values)
        return hidden_coupon_id


def change_draft(hidden_coupon_id: int, replaces: int, terms: Terms) -> None:
    """Other terms for a draft. `replaces` is the revision that staff have seen.

    Raises HiddenCouponNotFound, HiddenCouponPublished, HiddenCouponChanged, and as
    create_hidden_coupon.
    """
    with transaction() as session:
        hidden = _draft(session, hidden_coupon_id, replaces)
        values = _checked(session, terms)
        with _phrase_must_be_free():
            _set(session, hidden_coupon_id, **values, revision=hidden.revision + 1)
        _audit(session, "update", hidden_coupon_id, values)


def publish(hidden_coupon_id: int, replaces: int, *, accept_warnings: bool = False) -> None:
    """Let the phrase hold in its time, for what its rule gives now.

    Raises HiddenCouponNotFound, HiddenCouponPublished, HiddenCouponChanged, CommunityTimesInvalid,
    CommunityRuleUnknown, CampaignRefused, CampaignWarned.
    """
    with transaction() as session:
        hidden = _draft(session, hidden_coupon_id, replaces)
        if hidden.ends_at <= db_now(session):
            raise CommunityTimesInvalid(param="ends_at")
        reward = reward_of(session, hidden.rule_id)
        _set(session, hidden_coupon_id, reward=reward, published_at=func.clock_timestamp())
        facts = describe_hidden_coupon(_locked(session, hidden_coupon_id))
        review(session, facts, replaces, accept_warnings=accept_warnings)
        _audit(session, "publish", hidden_coupon_id, {"reward": reward})


def pause(hidden_coupon_id: int, paused: bool) -> None:
    """Let nobody claim it for a while, or let it go on. Saying so again changes nothing.

    Raises HiddenCouponNotFound, HiddenCouponNotPublished, HiddenCouponOver.
    """
    with transaction() as session:
        hidden = _published(session, hidden_coupon_id)
        if hidden_state_of(hidden, db_now(session)) in {REVOKED, OVER}:
            raise HiddenCouponOver
        if hidden.paused != paused:
            _set(session, hidden_coupon_id, paused=paused)
            verb = "pause" if paused else "resume"
            _audit(session, verb, hidden_coupon_id, {"paused": paused})


def revoke(hidden_coupon_id: int) -> None:
    """Let nobody claim it any more; again changes nothing.

    Raises HiddenCouponNotFound, HiddenCouponNotPublished.
    """
    with transaction() as session:
        hidden = _published(session, hidden_coupon_id)
        if hidden.revoked_at is None:
            _set(session, hidden_coupon_id, revoked_at=func.clock_timestamp())
            _audit(session, "revoke", hidden_coupon_id, {})


def _draft(session: Session, hidden_coupon_id: int, replaces: int) -> HiddenCoupon:
    hidden = _locked(session, hidden_coupon_id)
    if hidden.published_at is not None:
        raise HiddenCouponPublished
    if hidden.revision != replaces:
        raise HiddenCouponChanged(param="replaces")
    return hidden


def _published(session: Session, hidden_coupon_id: int) -> HiddenCoupon:
    hidden = _locked(session, hidden_coupon_id)
    if hidden_state_of(hidden, db_now(session)) == DRAFT:
        raise HiddenCouponNotPublished
    return hidden


def _locked(session: Session, hidden_coupon_id: int) -> HiddenCoupon:
    found = session.scalar(
        select(HiddenCoupon)
        .where(HiddenCoupon.id == hidden_coupon_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise HiddenCouponNotFound
    return found


def _set(session: Session, hidden_coupon_id: int, **values: Any) -> None:
    session.execute(
        update(HiddenCoupon)
        .where(HiddenCoupon.id == hidden_coupon_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _checked(session: Session, terms: Terms) -> dict[str, Any]:
    """The columns of a draft."""
    if terms["ends_at"] <= max(terms["starts_at"], db_now(session)):
        raise CommunityTimesInvalid(param="ends_at")
    phrase = plain(terms["phrase"] or draw_code(LENGTH))
    return {**terms, "phrase": phrase, "reward": reward_of(session, terms["rule_id"])}


@contextmanager
def _phrase_must_be_free() -> Iterator[None]:
    try:
        yield
    except IntegrityError as fault:
        if constraint_of(fault) == "uq_hidden_coupons_phrase":
            raise PhraseTaken(param="phrase") from None
        raise


def _audit(session: Session, verb: str, hidden_coupon_id: int, after: Terms) -> None:
    record(
        session,
        action=f"hidden_coupon.{verb}",
        target_type="hidden_coupon",
        target_id=hidden_coupon_id,
        after={
            name: str(value) if name == "rule_id" or isinstance(value, datetime) else value
            for name, value in after.items()
            if name != "phrase"
        },
    )
