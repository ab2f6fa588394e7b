"""A shopper asks for a poster; the workers make it in the pool of drawing, so that no burst of
posters holds up the web.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.drawing.composing import compose
from mall.drawing.pool import defer_drawing
from mall.kernel.db import transaction
from mall.referral.posters.errors import (
    PosterLimit,
    PosterNotFound,
    PosterPageUnfit,
)
from mall.referral.posters.models import Poster, PosterTemplate
from mall.referral.posters.templates import DESIGNS
from mall.sharing.pictures.codes import picture_of_code
from mall.sharing.pictures.showing import shown_of, shown_still
from mall.sharing.shares.models import Share
from mall.sharing.shares.opening import POSTER, share_page
from mall.uploads.names import new_name
from mall.uploads.storage import storage

MAKE = "referral.make_poster"
MOST_WAITING = 20
"""Posters of one shopper that may be in the making."""
_OLD = text(
    """
    SELECT id, name FROM posters WHERE used_at < now() - make_interval(days => :days)
    ORDER BY used_at LIMIT :rows
    """
)


@dataclass(frozen=True, slots=True)
class MadePoster:
    """A poster as its shopper sees it; `name` is None while it is being made."""

    id: int
    token: str
    name: str | None


def ask_for_poster(user_id: int, template_id: int, kind: str, page_id: int) -> MadePoster:
    """A poster of a page with the shopper's share in its code; the same again is the same one.

    Raises PageNotFound, ShareLimit, PosterTemplateNotFound, PosterPageUnfit, PosterLimit.
    """
    shared = share_page(user_id, kind, page_id, POSTER)
    with transaction() as session:
        design = DESIGNS.offered(session, template_id)
        shown = shown_of(session, user_id, kind, page_id)
        if shown is None or kind not in design.page_kinds:
            raise PosterPageUnfit
        share_id = session.scalars(select(Share.id).where(Share.token == shared.token)).one()
        facts = shown.digest()
        row = _known(session, share_id, design, facts)
        if row is None:
            row = _write(session, user_id, share_id, design, facts)
    return MadePoster(row.id, shared.token, row.name if row.status == "ready" else None)


def poster_of(session: Session, user_id: int, poster_id: int) -> MadePoster:
    """A shopper's own poster. Raises PosterNotFound."""
    row = session.execute(
        select(Poster.id, Poster.name, Poster.status, Share.token)
        .join(Share, Share.id == Poster.share_id)
        .where(Poster.id == poster_id, Poster.user_id == user_id)
    ).one_or_none()
    if row is None:
        raise PosterNotFound
    return MadePoster(row.id, row.token, row.name if row.status == "ready" else None)


def make_poster(poster_id: int) -> None:
    """Draw a poster that waits, and keep its picture; again does nothing.

    What WeChat or the storage refuses is raised, for the job to come again.
    """
    with transaction() as session:
        poster = session.get(Poster, poster_id, populate_existing=True)
        if poster is None or poster.status != "waiting" or poster.share_id is None:
            return
        layout = DESIGNS.one(session, poster.template_id).layout
        share = session.get_one(Share, poster.share_id)
        shown = shown_still(session, poster.user_id, share.page_kind, share.page_id)
    code = picture_of_code(share.id, share.token, layout)
    picture = compose(layout, shown.contents(layout["background"], code))
    storage().put(poster.name, picture)
    with transaction() as session:
        session.execute(
            update(Poster)
            .where(Poster.id == poster_id, Poster.status == "waiting")
            .values(status="ready")
        )


def sweep_posters(days: int, batch: int = 200) -> int:
    """Remove up to `batch` posters that nobody asked for in so many days; how many there were."""
    with transaction() as session:
        old = session.execute(_OLD, {"days": days, "rows": batch}).all()
    place = storage()
    for row in old:
        place.delete(row.name)
    with transaction() as session:
        session.execute(
            text("DELETE FROM posters WHERE id = ANY(:ids)"), {"ids": [row.id for row in old]}
        )
    return len(old)


def _known(session: Session, share_id: int, design: PosterTemplate, facts: bytes) -> Any:
    return session.execute(
        update(Poster)
        .where(
            Poster.share_id == share_id,
            Poster.template_id == design.id,
            Poster.version == design.version,
            Poster.facts == facts,
        )
        .values(used_at=func.clock_timestamp())
        .returning(Poster.id, Poster.name, Poster.status)
    ).one_or_none()


def _write(
    session: Session, user_id: int, share_id: int, design: PosterTemplate, facts: bytes
) -> Any:
    waiting = session.scalar(
        select(func.count())
        .select_from(Poster)
        .where(Poster.user_id == user_id, Poster.status == "waiting")
    )
    if (waiting or 0) >= MOST_WAITING:
        raise PosterLimit
    row = session.execute(
        insert(Poster)
        .values(
            user_id=user_id,
            share_id=share_id,
            template_id=design.id,
            version=design.version,
            facts=facts,
            name=new_name("jpg"),
        )
        .on_conflict_do_nothing(constraint="uq_posters_share_id_design")
        .returning(Poster.id, Poster.name, Poster.status)
    ).one_or_none()
    if row is None:  # the same press a moment ago
        return _known(session, share_id, design, facts)
    defer_drawing(session, MAKE, row.id, poster_id=row.id)
    structlog.get_logger("mall.referral").info("poster", poster_id=row.id)
    return row
