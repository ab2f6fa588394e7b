"""What other parts ask of moderation: to check a content, to hold it, to forget it.

A part adds its kinds to `CONTENT_KINDS`, and hears of each decision in the decision's own
transaction. Lock order: content, then the kind's own rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.registry import Registry
from mall.reviews.moderation.check_models import (
    ContentCheck,
    ContentPicture,
    ContentReport,
    ContentTextBand,
)
from mall.reviews.moderation.models import ModeratedContent
from mall.reviews.moderation.starting import start_checks

PENDING, APPROVED, REFUSED = "pending", "approved", "refused"
HIDDEN, WITHDRAWN = "hidden", "withdrawn"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a shopper wrote, `ref` of a `kind`. `pictures` and `video` are names of uploads."""

    kind: str
    ref: int
    user_id: int | None
    text: str
    pictures: tuple[str, ...] = ()
    video: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A decision: the content's status was and is now; the reason is for its writer."""

    kind: str
    ref: int
    content_id: int
    version: int
    was: str
    now: str
    reason: str | None
    by_staff: bool


@dataclass(frozen=True)
class ContentKind:
    """A kind of content. `follow(session, change)` is called in the decision's transaction, while
    the content is locked. `label` is Chinese; `scene` is WeChat's (2 comments, 3 forums)."""

    name: str
    label: str
    follow: Callable[[Session, Change], None]
    scene: int = 2


CONTENT_KINDS: Registry[ContentKind] = Registry("content kinds", lambda one: one.name)


def submit(session: Session, draft: Draft) -> int:
    """Have a content checked; its id. The same again is an edit: a next version, pending anew.

    The caller puts its own row to pending; `follow` tells of decisions only. The machine begins
    at the commit.
    """
    values = {
        "user_id": draft.user_id,
        "text": draft.text,
        "pictures": list(draft.pictures),
        "video": draft.video,
        "status": PENDING,
    }
    anew = {
        **values,
        "version": ModeratedContent.version + 1,
        "manual": False,
        "findings": [],
        "reason": None,
        "legal_reason": None,
        "objection": None,
        "objected_at": None,
        "decided_at": None,
        "decided_by": None,
        "changed_at": func.clock_timestamp(),
    }
    statement = insert(ModeratedContent).values(kind=draft.kind, ref=draft.ref, **values)
    row = session.execute(
        statement.on_conflict_do_update(index_elements=["kind", "ref"], set_=anew).returning(
            ModeratedContent.id, ModeratedContent.version
        )
    ).one()
    start_checks(
        session,
        row.id,
        row.version,
        user_id=draft.user_id,
        text=draft.text,
        pictures=draft.pictures,
        video=draft.video,
    )
    return int(row.id)


def lock_content(session: Session, kind: str, ref: int) -> Any | None:
    """The content's row, locked; None when there is none."""
    return session.execute(
        select(*ModeratedContent.__table__.c)
        .where(ModeratedContent.kind == kind, ModeratedContent.ref == ref)
        .with_for_update()
    ).one_or_none()


def withdraw(session: Session, kind: str, ref: int) -> None:
    """Its writer deleted it: what it said is gone, no decision matters any more."""
    content_id = session.scalar(
        update(ModeratedContent)
        .where(ModeratedContent.kind == kind, ModeratedContent.ref == ref)
        .values(
            status=WITHDRAWN,
            text="",
            pictures=[],
            video=None,
            manual=False,
            findings=[],
            objection=None,
            objected_at=None,
            changed_at=func.clock_timestamp(),
        )
        .returning(ModeratedContent.id)
    )
    if content_id is not None:
        for table in (ContentCheck, ContentPicture, ContentTextBand, ContentReport):
            session.execute(delete(table).where(table.content_id == content_id))
