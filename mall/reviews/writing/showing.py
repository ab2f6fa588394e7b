"""How reviews are shown: to everybody without the writer's name, to the writer with its state."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.kernel.masking import mask_text
from mall.reviews.writing.models import Review, ReviewFollowUp
from mall.reviews.writing.names import APPROVED, IMPORT, TRIAL
from mall.uploads.schemas import shown
from mall.users.models import User

NOBODY = "匿名用户"
SOMEBODY = "微信用户"
SHOWN = (*Review.__table__.c, User.nickname.label("writer_name"), User.avatar_url)
_FOLLOW_UPS = select(*ReviewFollowUp.__table__.c)


def rows_of(session: Session, review_ids: Collection[int]) -> dict[int, Any]:
    """Reviews with what is known of their writers, by id."""
    rows = session.execute(
        select(*SHOWN)
        .join_from(Review, User, User.id == Review.user_id, isouter=True)
        .where(Review.id.in_(review_ids))
    )
    return {row.id: row for row in rows}


def follow_ups_of(session: Session, review_ids: Collection[int]) -> dict[int, Any]:
    """Follow-ups by their review."""
    if not review_ids:
        return {}
    rows = session.execute(_FOLLOW_UPS.where(ReviewFollowUp.review_id.in_(review_ids)))
    return {row.review_id: row for row in rows}


def for_everybody(row: Any, follow_up: Any | None) -> dict[str, Any]:
    """An approved review as other shoppers read it. `follow_up` shows once it is approved."""
    visible = follow_up if follow_up is not None and follow_up.status == APPROVED else None
    return {
        **_said(row),
        "writer": _writer(row),
        "follow_up": None if visible is None else _follow_up(visible),
    }


def for_writer(row: Any, follow_up: Any | None) -> dict[str, Any]:
    """A review as its writer sees it, with where moderation is and why."""
    own = None
    if follow_up is not None and follow_up.status != "deleted":
        own = {**_follow_up(follow_up), **_state(follow_up)}
    return {**_said(row), **_state(row), "anonymous": row.anonymous, "follow_up": own}


def for_staff(row: Any, follow_up: Any | None, task: Any | None) -> dict[str, Any]:
    """A review as staff see it: what shoppers read, its state, its task."""
    return {
        **for_writer(row, follow_up),
        "writer": _writer(row),
        "user_id": row.user_id,
        "order_refunded": row.order_refunded,
        "task": task,
    }


def _said(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "product_id": row.spu_id,
        "sku_id": row.sku_id,
        "sku_spec": row.sku_spec,
        "goods_stars": row.goods_stars,
        "logistics_stars": row.logistics_stars,
        "service_stars": row.service_stars,
        "text": row.text,
        "pictures": list(pictures(row.pictures)),
        "video": None if row.video is None else {"name": row.video, "url": shown(row.video)["url"]},
        "tags": row.tags,
        "origin": row.origin,
        "trial": row.order_kind == TRIAL,
        "featured": row.featured,
        "helpful": row.helpful,
        "unhelpful": row.unhelpful,
        "reply": row.reply,
        "replied_at": row.replied_at,
        "created_at": row.created_at,
    }


def _follow_up(row: Any) -> dict[str, Any]:
    return {
        "text": row.text,
        "pictures": list(pictures(row.pictures)),
        "created_at": row.created_at,
    }


def _state(row: Any) -> Mapping[str, Any]:
    return {"status": row.status, "reason": row.reason}


def _writer(row: Any) -> dict[str, Any]:
    """The name that others read: masked, none of whoever wants to be anonymous."""
    if row.origin == IMPORT:
        return {"name": mask_text(row.nickname) or NOBODY, "avatar_url": None}
    if row.anonymous or row.user_id is None:
        return {"name": NOBODY, "avatar_url": None}
    return {"name": mask_text(row.writer_name or "") or SOMEBODY, "avatar_url": row.avatar_url}


def pictures(names: Iterable[str]) -> Iterable[dict[str, Any]]:
    """Pictures with their addresses; one that was imported stands at its own."""
    for name in names:
        if "://" in name:
            yield {"name": name, "url": name, "thumbnail_url": name}
        else:
            yield shown(name)
