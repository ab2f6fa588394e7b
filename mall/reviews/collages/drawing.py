"""The workers draw a collage that waits, keep its picture, and have it checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mall.drawing.composing import compose
from mall.drawing.errors import PhotoBroken
from mall.drawing.sources import uploaded
from mall.drawing.thumbnails import thumbnail
from mall.kernel.db import transaction
from mall.reviews.collages.models import CHECKING, FAILED, WAITING, Collage
from mall.reviews.collages.names import COLLAGE
from mall.reviews.collages.templates import DESIGNS
from mall.reviews.moderation import contents
from mall.reviews.moderation.contents import Draft
from mall.sharing.pictures.codes import picture_of_code
from mall.sharing.pictures.showing import shown_still
from mall.sharing.shares.models import Share
from mall.uploads.names import thumbnail_name
from mall.uploads.storage import storage

_CHANGED = "模板已更新，请重新生成"


class _Failed(Exception):
    """It can't be drawn; the words are for the shopper."""


def draw_collage(collage_id: int) -> None:
    """Draw a collage that waits and have it checked; again does nothing.

    What can't be drawn ends as failed. What WeChat or the storage refuses is raised, for the job
    to come again.
    """
    with transaction() as session:
        collage = session.get(Collage, collage_id, populate_existing=True)
        if collage is None or collage.status != WAITING or collage.share_id is None:
            return
        design = DESIGNS.one(session, collage.template_id)
        share = session.get_one(Share, collage.share_id)
        shown = shown_still(session, collage.user_id, share.page_kind, share.page_id)
    try:
        if design.version != collage.version:
            raise _Failed(_CHANGED)
        photos = _photos(collage.photos)
        code = picture_of_code(share.id, share.token, design.layout)
        try:
            picture = compose(
                design.layout, shown.contents(design.layout["background"], code, photos)
            )
        except PhotoBroken as broken:
            raise _Failed(f"第 {broken.number} 张图片无法读取，请重新上传") from None
    except _Failed as why:
        _fail(collage_id, str(why))
        return
    _keep(collage_id, collage.name, picture)


def _photos(names: Sequence[str]) -> list[bytes]:
    """The shopper's pictures. One that wasn't used for a day may be gone."""
    found = []
    for number, name in enumerate(names, 1):
        raw = uploaded(name)
        if raw is None:
            raise _Failed(f"第 {number} 张图片已失效，请重新上传")
        found.append(raw)
    return found


def _fail(collage_id: int, reason: str) -> None:
    with transaction() as session:
        _moved(session, collage_id, {"status": FAILED, "reason": reason})


def _keep(collage_id: int, name: str, picture: bytes) -> None:
    place = storage()
    place.put(name, picture)
    place.put(thumbnail_name(name), thumbnail(picture))
    with transaction() as session:
        user_id = _moved(session, collage_id, {"status": CHECKING})
        if user_id is not None:
            contents.submit(session, Draft(COLLAGE, collage_id, user_id, "", (name,)))
            return
        gone = session.scalar(select(Collage.id).where(Collage.id == collage_id)) is None
    if gone:  # the account was closed meanwhile
        place.delete(name)
        place.delete(thumbnail_name(name))


def _moved(session: Session, collage_id: int, values: dict[str, Any]) -> int | None:
    """The collage doesn't wait any more: whose it is; None when it didn't."""
    return session.scalar(
        update(Collage)
        .where(Collage.id == collage_id, Collage.status == WAITING)
        .values(**values)
        .returning(Collage.user_id)
    )
