"""Shares, and opening them. What counts is what another shopper did, never the sharing."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import case, func, select, text
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.events import publish
from mall.kernel.prepared import PreparedStatement
from mall.orders.customers import has_bought
from mall.sharing.pages.kinds import Page, shown_page
from mall.sharing.shares.counting import TODAY, shop_day_of, take_place
from mall.sharing.shares.errors import ShareExpired, ShareLimit, ShareNotFound
from mall.sharing.shares.events import ShareOpened, ShareTouched
from mall.sharing.shares.models import Share
from mall.sharing.shares.settings import SHARE_VALID_DAYS
from mall.sharing.shares.tokens import is_ours, new_token

SHARE_PAGE = "pages/share/index"
"""The mini-program's page that opens a share; it gets the token as its scene."""
CARD, LINK, POSTER, CODE = "card", "link", "poster", "code"
MEDIA = (CARD, LINK, POSTER, CODE)
"""By what a share travels: a chat card, a link, a poster, a printed code."""


class SharedPage(NamedTuple):
    """A share as its owner or an opener sees it."""

    token: str
    page: Page


class FoundShare(NamedTuple):
    """A share by its token: of a shopper, or of a channel."""

    id: int
    user_id: int | None
    channel_id: int | None
    page_kind: str
    page_id: int
    expired: bool


_MAKE = text(
    f"""
    INSERT INTO shares (token, user_id, channel_id, page_kind, page_id, medium, day, expires_at)
    VALUES (:token, :user_id, :channel_id, :kind, :page_id, :medium, {TODAY}, :expires_at)
    ON CONFLICT ON CONSTRAINT uq_shares_owner_page DO NOTHING
    RETURNING day
    """  # noqa: S608
)
# Who opened another share of this sharer today moves the time of that row on, and is no news.
# `counted` is to be confirmed by a place in the sharer's day.
_OPEN = PreparedStatement(
    f"""
    INSERT INTO share_opens (
        share_id, sharer_id, channel_id, opener_id, day, opener_since, opener_bought, counted,
        created_at, last_at
    )
    SELECT s.id, s.user_id, s.channel_id, u.id, {shop_day_of("m.at")}, u.created_at,
           {has_bought("u.id")},
           s.user_id IS NOT NULL AND NOT EXISTS (
               SELECT FROM share_opens o
               WHERE o.sharer_id = s.user_id AND o.opener_id = u.id AND o.counted
           ), m.at, m.at
    FROM shares s, users u,
         (SELECT coalesce(CAST(:at AS timestamptz), clock_timestamp()) AS at) m
    WHERE s.id = :share_id AND u.id = :opener_id AND u.id IS DISTINCT FROM s.user_id
      AND u.closed_at IS NULL
    ON CONFLICT DO NOTHING
    RETURNING id, day, opener_bought, counted
    """  # noqa: S608
)
_AGAIN = PreparedStatement(
    f"""
    UPDATE share_opens o SET last_at = greatest(o.last_at, clock_timestamp())
    FROM shares s
    WHERE s.id = :share_id AND o.opener_id = :opener_id AND o.day = {TODAY}
      AND (o.sharer_id = s.user_id OR o.channel_id = s.channel_id)
    """  # noqa: S608
)
_OVER_CAP = text("UPDATE share_opens SET counted = false WHERE id = :id")


def share_page(user_id: int, kind: str, page_id: int, medium: str = CARD) -> SharedPage:
    """The shopper's share of a page; again gives the same token, and takes no further place.

    Raises PageNotFound, ShareLimit.
    """
    with transaction() as session:
        page = shown_page(session, kind, page_id)
        token = _token_of(session, user_id, page, medium)
        if token is None:
            token = _make(session, user_id, page, medium)
    return SharedPage(token, page)


def share_for_channel(
    session: Session, channel_id: int, page: Page, medium: str, expires_at: datetime | None
) -> str:
    """The token of a channel's share of a page; again gives the same and keeps its end."""
    token = new_token()
    given = {"token": token, "user_id": None, "channel_id": channel_id, "expires_at": expires_at}
    page_of = {"kind": page.kind, "page_id": page.id, "medium": medium}
    if session.scalar(_MAKE, {**given, **page_of}) is not None:
        return token
    same = select(Share.token).where(
        Share.channel_id == channel_id,
        Share.page_kind == page.kind,
        Share.page_id == page.id,
        Share.medium == medium,
    )
    return session.scalars(same).one()


def _token_of(session: Session, user_id: int, page: Page, medium: str) -> str | None:
    return session.scalar(
        select(Share.token).where(
            Share.user_id == user_id,
            Share.channel_id.is_(None),
            Share.page_kind == page.kind,
            Share.page_id == page.id,
            Share.medium == medium,
        )
    )


def _make(session: Session, user_id: int, page: Page, medium: str) -> str:
    token = new_token()
    given = {"token": token, "user_id": user_id, "channel_id": None, "expires_at": None}
    page_of = {"kind": page.kind, "page_id": page.id, "medium": medium}
    day = session.scalar(_MAKE, {**given, **page_of})
    if day is None:  # the same press a moment ago: the insert waited for it
        known = _token_of(session, user_id, page, medium)
        assert known is not None
        return known
    if not take_place(session, user_id, day, "shares"):
        raise ShareLimit
    return token


def open_share(opener_id: int, token: str) -> Page:
    """A shopper opened a share: where it leads. One's own, or one opened before, counts nothing.

    Raises ShareNotFound, ShareExpired.
    """
    with transaction() as session:
        share = find(session, token)
        if share is None:
            raise ShareNotFound
        if share.expired:
            raise ShareExpired
        record_open(session, share, opener_id)
    return Page(share.page_kind, share.page_id)


def find(session: Session, token: str) -> FoundShare | None:
    """The share with this token, an expired one too; None for any other text. What this shop
    didn't sign costs no query."""
    if not is_ours(token):
        return None
    days = SHARE_VALID_DAYS.get()
    by_setting = Share.created_at + func.make_interval(0, 0, 0, days)
    # What staff printed ends with its channel.
    of_shopper = case((Share.channel_id.is_(None), by_setting))
    ends_at = func.least(Share.expires_at, of_shopper) if days else Share.expires_at
    row = session.execute(
        select(
            Share.id,
            Share.user_id,
            Share.channel_id,
            Share.page_kind,
            Share.page_id,
            func.coalesce(ends_at <= func.clock_timestamp(), False).label("expired"),
        ).where(Share.token == token)
    ).one_or_none()
    return row and FoundShare(*row)


def record_open(
    session: Session, share: FoundShare, opener_id: int, at: datetime | None = None
) -> None:
    """Keep that a shopper opened a share (now, or `at`), and count it if it is their first of
    this sharer."""
    row = _OPEN.first(session, share_id=share.id, opener_id=opener_id, at=at)
    if row is None:
        _AGAIN.rows(session, share_id=share.id, opener_id=opener_id)
        return
    if share.user_id is None:
        return
    publish(session, ShareTouched(row.id, share.user_id, opener_id))
    if not row.counted:
        return
    if not take_place(session, share.user_id, row.day, "opens"):
        session.execute(_OVER_CAP, {"id": row.id})
        return
    publish(
        session,
        ShareOpened(
            sharer_id=share.user_id,
            opener_id=opener_id,
            day=str(row.day),
            page_kind=share.page_kind,
            page_id=share.page_id,
            opener_bought=row.opener_bought,
            key=f"share_open:{row.id}",
        ),
    )
