"""Starting the checks of a content, in the transaction in which it is submitted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from mall.kernel import outbound
from mall.kernel.jobs import defer
from mall.reviews.moderation.check_models import (
    OWN,
    REVIEW,
    TEXT,
    WAITING,
    ContentCheck,
)
from mall.reviews.moderation.findings import NO_WRITER, VIDEO, finding

TEXT_CALL, PICTURE_CALL = "reviews.check_text", "reviews.check_picture"
"""Outbound calls; their keys are a content's id and a check's id."""
INSPECT_JOB = "reviews.inspect_content"


def start_checks(
    session: Session,
    content_id: int,
    version: int,
    *,
    user_id: int | None,
    text: str,
    pictures: Sequence[str],
    video: str | None,
) -> None:
    """Put down what must be checked of this version, instead of the last one's, and ask WeChat at
    the commit: it judges only what was written by somebody who was here within two hours."""
    session.execute(delete(ContentCheck).where(ContentCheck.content_id == content_id))
    rows = [_row(content_id, version, OWN)]
    if user_id is None:
        rows.append(_for_staff(content_id, version, TEXT, NO_WRITER))
    else:
        rows += [_row(content_id, version, TEXT)] if text else []
        rows += [_row(content_id, version, name) for name in dict.fromkeys(pictures)]
    if video is not None:
        rows.append(_for_staff(content_id, version, video, VIDEO))
    made = session.execute(
        insert(ContentCheck).returning(ContentCheck.id, ContentCheck.part, ContentCheck.status),
        rows,
    ).all()
    waiting = [row for row in made if row.status == WAITING]
    if any(row.part == TEXT for row in waiting):
        outbound.enqueue(session, TEXT_CALL, content_id)
    asked = [row.id for row in waiting if row.part not in (OWN, TEXT)]
    outbound.enqueue_many(session, PICTURE_CALL, asked)
    defer(session, INSPECT_JOB, content_id=content_id, version=version)


def _row(content_id: int, version: int, part: str) -> dict[str, Any]:
    return {
        "content_id": content_id,
        "version": version,
        "part": part,
        "status": WAITING,
        "findings": [],
    }


def _for_staff(content_id: int, version: int, part: str, code: str) -> dict[str, Any]:
    """A part that no machine judges."""
    return {**_row(content_id, version, part), "status": REVIEW, "findings": [finding(code)]}
