"""Shares, and opening them. What counts is what another shopper did, never the sharing."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.events import publish
from mall.kernel.prepared import PreparedStatement
from mall.orders.customers import has_bought
from mall.sharing.pages.kinds import Page, shown_page
from mall.sharing.shares.counting import TODAY, shop_day_of, take_place
from mall.sharing.shares.errors import ShareLimit, ShareNotFound
from mall.sharing.shares.events import ShareOpened
from mall.sharing.shares.models import Share

TOKEN_BYTES = 16
TOKEN = re.compile(r"[0-9A-Za-z_-]{22}", re.ASCII)
"""It fits the scene of a mini-program code (32), with ten characters to spare."""


class SharedPage(NamedTuple):
    """A share as its owner or an opener sees it."""

    token: str
    page: Page


class FoundShare(NamedTuple):
    """A share by its token."""

    id: int
    user_id: int
    page_kind: str
    page_id: int


_MAKE = text(
    f"""
    INSERT INTO shares (token, user_id, page_kind, page_id, day)
    VALUES (:token, :user_id, :kind, :page_id, {TODAY})
    ON CONFLICT ON CONSTRAINT uq_shares_user_id_page DO NOTHING
    RETURNING day
    """  # noqa: S608
)
# Who opened another share of this sharer today finds no row. `counted` is to be confirmed
# by a place in the sharer's day.
_OPEN = PreparedStatement(
    f"""
    INSERT INTO share_opens (
        share_id, sharer_id, opener_id, day, opener_since, opener_bought, counted, created_at
    )
    SELECT s.id, s.user_id, u.id, {shop_day_of("m.at")}, u.created_at, {has_bought("u.id")},
           NOT EXISTS (
               SELECT FROM share_opens o
               WHERE o.sharer_id = s.user_id AND o.opener_id = u.id AND o.counted
           ), m.at
    FROM shares s, users u,
         (SELECT coalesce(CAST(:at AS timestamptz), clock_timestamp()) AS at) m
    WHERE s.id = :share_id AND u.id = :opener_id AND u.id <> s.user_id AND u.closed_at IS NULL
    ON CONFLICT DO NOTHING
    RETURNING id, day, opener_bought, counted
    """  # noqa: S608
)


def share_page(user_id: int, kind: str, page_id: int) -> SharedPage:
    """The shopper's share of a page; again gives the same token, and takes no further place.

    Raises PageNotFound, ShareLimit.
    """
    with transaction() as session:
        page = shown_page(session, kind, page_id)
        token = _token_of(session, user_id, page)
        if token is None:
            token = _make(session, user_id, page)
    return SharedPage(token, page)


def _token_of(session: Session, user_id: int, page: Page) -> str | None:
    return session.scalar(
        select(Share.token).where(
            Share.user_id == user_id, Share.page_kind == page.kind, Share.page_id == page.id
        )
    )


def _make(session: Session, user_id: int, page: Page) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    given = {"token": token, "user_id": user_id, "kind": page.kind, "page_id": page.id}
    day = session.scalar(_MAKE, given)
    if day is None:  # the same press a moment ago: the insert waited for it
        known = _token_of(session, user_id, page)
        assert known is not None
        return known
    if not take_place(session, user_id, day, "shares"):
        raise ShareLimit
    return token


def open_share(opener_id: int, token: str) -> Page:
    """A shopper opened a share: where it leads. One's own, or one opened before, counts nothing.

    Raises ShareNotFound.
    """
    with transaction() as session:
        share = find(session, token)
        if share is None:
            raise ShareNotFound
        record_open(session, share, opener_id)
    return Page(share.page_kind, share.page_id)


def find(session: Session, token: str) -> FoundShare | None:
    """The share with this token; None for any other text."""
    if not TOKEN.fullmatch(token):
        return None
    row = session.execute(
        select(Share.id, Share.user_id, Share.page_kind, Share.page_id).where(Share.token == token)
    ).one_or_none()
    return row and FoundShare(*row)


def record_open(
    session: Session, share: FoundShare, opener_id: int, at: datetime | None = None
) -> None:
    """Keep that a shopper opened a share (now, or `at`), and count it if it is their first of
    this sharer."""
    row = _OPEN.first(session, share_id=share.id, opener_id=opener_id, at=at)
    if row is None or not row.counted:
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


_OVER_CAP = text("UPDATE share_opens SET counted = false WHERE id = :id")
