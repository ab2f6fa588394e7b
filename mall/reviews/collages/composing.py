"""A shopper asks for a collage. The workers draw it, then it is moderated like a picture of a
review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.drawing.layouts import photo_boxes
from mall.drawing.pool import defer_drawing
from mall.kernel.clock import day_start, shop_day
from mall.kernel.db import db_now, transaction
from mall.reviews.collages.errors import (
    CollageLimit,
    CollageNotFound,
    CollagePageUnfit,
    CollagePicturesUnfit,
)
from mall.reviews.collages.models import FAILED, READY, Collage, CollageTemplate
from mall.reviews.collages.photos import must_own_photos
from mall.reviews.collages.settings import COLLAGES_PER_DAY
from mall.reviews.collages.templates import DESIGNS
from mall.sharing.pictures.showing import shown_of
from mall.sharing.shares.models import Share
from mall.sharing.shares.opening import POSTER, share_page
from mall.uploads.names import new_name
from mall.users.queries import hold_open_account

DRAW = "reviews.draw_collage"
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('collages ' || :user_id, 0))")


@dataclass(frozen=True, slots=True)
class MadeCollage:
    """A collage as its shopper sees it; `name` is None unless it is ready."""

    id: int
    token: str
    status: str
    name: str | None
    reason: str | None


def ask_for_collage(
    user_id: int, template_id: int, kind: str, page_id: int, photos: Sequence[str]
) -> MadeCollage:
    """A collage of own pictures, one for each place of the design in its order, with the shopper's
    share of a page in its code. The same again is the same one, and takes no further place of the
    day.

    Raises PageNotFound, ShareLimit, AccountClosed, CollageTemplateNotFound, CollagePageUnfit,
    CollagePicturesUnfit, UploadNotFound, CollageLimit.
    """
    shared = share_page(user_id, kind, page_id, POSTER)
    with transaction() as session:
        hold_open_account(session, user_id)
        design = DESIGNS.offered(session, template_id)
        if len(photos) != photo_boxes(design.layout):
            raise CollagePicturesUnfit(param="pictures")
        shown = shown_of(session, user_id, kind, page_id, photos)
        if shown is None or kind not in design.page_kinds:
            raise CollagePageUnfit
        share_id = session.scalars(select(Share.id).where(Share.token == shared.token)).one()
        row = _known(session, share_id, design, shown.digest())
        if row is None:
            must_own_photos(session, user_id, photos)
            values = {"user_id": user_id, "share_id": share_id, "photos": list(photos)}
            row = _write(session, design, {**values, "facts": shown.digest()})
    return _made(row, shared.token)


def collage_of(session: Session, user_id: int, collage_id: int) -> MadeCollage:
    """A shopper's own collage. Raises CollageNotFound."""
    row = session.execute(
        select(*_SHOWN, Share.token)
        .join(Share, Share.id == Collage.share_id)
        .where(Collage.id == collage_id, Collage.user_id == user_id)
    ).one_or_none()
    if row is None:
        raise CollageNotFound
    return _made(row, row.token)


_SHOWN = (Collage.id, Collage.name, Collage.status, Collage.reason)


def _made(row: Any, token: str) -> MadeCollage:
    name = row.name if row.status == READY else None
    return MadeCollage(row.id, token, row.status, name, row.reason)


def _known(session: Session, share_id: int, design: CollageTemplate, facts: bytes) -> Any:
    return session.execute(
        update(Collage)
        .where(
            Collage.share_id == share_id,
            Collage.template_id == design.id,
            Collage.version == design.version,
            Collage.facts == facts,
            Collage.status != FAILED,
        )
        .values(used_at=func.clock_timestamp())
        .returning(*_SHOWN)
    ).one_or_none()


def _write(session: Session, design: CollageTemplate, values: dict[str, Any]) -> Any:
    """A new one, within the shopper's day; one that failed counts. Raises CollageLimit."""
    user_id = values["user_id"]
    session.execute(_ONE_AT_A_TIME, {"user_id": str(user_id)})
    # The same press a moment ago: its row is seen now.
    known = _known(session, values["share_id"], design, values["facts"])
    if known is not None:
        return known
    today = day_start(shop_day(db_now(session)))
    made = select(func.count()).where(Collage.user_id == user_id, Collage.created_at >= today)
    if int(session.scalar(made) or 0) >= COLLAGES_PER_DAY.get():
        raise CollageLimit
    row = session.execute(
        insert(Collage)
        .values(**values, template_id=design.id, version=design.version, name=new_name("jpg"))
        .returning(*_SHOWN)
    ).one()
    defer_drawing(session, DRAW, row.id, collage_id=row.id)
    return row
