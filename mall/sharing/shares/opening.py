"""Shares, and opening them. What counts is what another shopper did, never the sharing."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.events import publish
from mall.kernel.prepared import PreparedStatement
from mall.orders.customers import has_bought
from mall.sharing.pages.kinds import Page, path_of, shown_page
from mall.sharing.shares.counting import TODAY, shop_day_of, take_place
from mall.sharing.shares.errors import ShareLimit, ShareNotFound
from mall.sharing.shares.events import ShareOpened, ShareTouched
from mall.sharing.shares.models import Share
from mall.sharing.shares.settings import SHARE_VALID_DAYS
from mall.sharing.shares.tokens import is_ours, new_token
from mall.users.models import User

SHARE_PAGE = "pages/share/index"
"""The mini-program's page that opens a share; it gets the token as its scene."""
CARD, LINK, POSTER, CODE = "card", "link", "poster", "code"
MEDIA = (CARD, LINK, POSTER, CODE)
"""By what a share travels: a chat card, a link, a poster, a printed code."""


class SharedPage(NamedTuple):
    """A share as its owner sees it. `path` is where the mini-program shows the page, with the
    token in its query, if the page's kind says where."""

    token: str
    page: Page
    path: str | None


class OpenedPage(NamedTuple):
    """Where a share leads. One that has expired leads there still, and nothing counts."""

    page: Page
    expired: bool
    path: str | None


class FoundShare(NamedTuple):
    """A share by its token: of a shopper, or of a channel."""

    id: int
    user_id: int | None
    channel_id: int | None
    page_kind: str
    page_id: int
    expired: bool


_END_BY_SETTING = "clock_timestamp() + make_interval(days => CAST(:days AS int))"
_MAKE = text(
    f"""
    INSERT INTO shares (token, user_id, channel_id, page_kind, page_id, medium, day, expires_at)
    VALUES (
        :token, :user_id, :channel_id, :kind, :page_id, :medium, {TODAY},
        coalesce(CAST(:expires_at AS timestamptz), {_END_BY_SETTING})
    )
    ON CONFLICT ON CONSTRAINT uq_shares_owner_page DO NOTHING
    RETURNING day
    """  # noqa: S608
)
# Sharing a page again starts the days of its share anew. Less than a day isn't worth a write.
_RENEW = text(
    f"""
    UPDATE shares SET expires_at = {_END_BY_SETTING}
    WHERE id = :id AND ((expires_at IS NULL) <> (CAST(:days AS int) IS NULL)
                        OR expires_at < {_END_BY_SETTING} - interval '1 day')
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
    """The shopper's share of a page; again gives the same token, takes no further place, and
    starts the days anew for which a share is good.

    Raises PageNotFound, ShareLimit.
    """
    with transaction() as session:
        page = shown_page(session, kind, page_id)
        known = _known(session, user_id, page, medium)
        if known is None:
            return _shared(session, _make(session, user_id, page, medium), page)
        days = _valid_days()
        if days is not None or known.expires_at is not None:
            session.execute(_RENEW, {"id": known.id, "days": days})
        return _shared(session, known.token, page)


def _shared(session: Session, token: str, page: Page) -> SharedPage:
    path = path_of(session, page)
    joined = path and f"{path}{'&' if '?' in path else '?'}share={token}"
    return SharedPage(token, page, joined)


def _valid_days() -> int | None:
    return SHARE_VALID_DAYS.get() or None


def share_for_channel(
    session: Session, channel_id: int, page: Page, medium: str, expires_at: datetime | None
) -> str:
    """The token of a channel's share of a page; again gives the same and keeps its end."""
    token = new_token()
    owner = {"user_id": None, "channel_id": channel_id}
    good_for = {"expires_at": expires_at, "days": None}
    page_of = {"kind": page.kind, "page_id": page.id, "medium": medium}
    if session.scalar(_MAKE, {"token": token, **owner, **good_for, **page_of}) is not None:
        return token
    same = select(Share.token).where(
        Share.channel_id == channel_id,
        Share.page_kind == page.kind,
        Share.page_id == page.id,
        Share.medium == medium,
    )
    return session.scalars(same).one()


def _known(session: Session, user_id: int, page: Page, medium: str) -> Any:
    query = select(Share.id, Share.token, Share.expires_at).where(
        Share.user_id == user_id,
        Share.channel_id.is_(None),
        Share.page_kind == page.kind,
        Share.page_id == page.id,
        Share.medium == medium,
    )
    return session.execute(query).one_or_none()


def _make(session: Session, user_id: int, page: Page, medium: str) -> str:
    token = new_token()
    owner = {"user_id": user_id, "channel_id": None}
    good_for = {"expires_at": None, "days": _valid_days()}
    page_of = {"kind": page.kind, "page_id": page.id, "medium": medium}
    day = session.scalar(_MAKE, {"token": token, **owner, **good_for, **page_of})
    if day is None:  # the same press a moment ago: the insert waited for it
        known = _known(session, user_id, page, medium)
        assert known is not None
        return str(known.token)
    if not take_place(session, user_id, day, "shares"):
        raise ShareLimit
    return token


def open_share(opener_id: int, token: str) -> OpenedPage:
    """A shopper opened a share: where it leads. One's own, one opened before, or one that has
    expired counts nothing.

    Raises ShareNotFound.
    """
    with transaction() as session:
        share = find(session, token)
        if share is None:
            raise ShareNotFound
        if not share.expired:
            record_open(session, share, opener_id)
        page = Page(share.page_kind, share.page_id)
        return OpenedPage(page, share.expired, path_of(session, page))


def find(session: Session, token: str) -> FoundShare | None:
    """The share with this token, an expired one too; None for any other text, and for one whose
    owner has closed the account. What this shop didn't sign costs no query."""
    if not is_ours(token):
        return None
    expired = func.coalesce(Share.expires_at <= func.clock_timestamp(), False)
    row = session.execute(
        select(
            Share.id,
            Share.user_id,
            Share.channel_id,
            Share.page_kind,
            Share.page_id,
            expired.label("expired"),
        )
        .outerjoin(User, User.id == Share.user_id)
        .where(Share.token == token, User.closed_at.is_(None))
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
    if not row.opener_bought:
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
