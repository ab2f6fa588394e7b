"""WeChat's verdicts on pictures, which come by push: before we know the trace id, after, twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.reviews.moderation.check_models import REVIEW, ContentCheck, MediaVerdictRow
from mall.reviews.moderation.findings import (
    MACHINE_FAILED,
    PICTURE_REVIEW,
    PICTURE_RISKY,
    finding,
    label_text,
)
from mall.reviews.moderation.judging import end_check, lock_by_id
from mall.wechat.media_verdicts import media_verdict

FAILED = "failed"


def asked(session: Session, trace_id: str, check_id: int) -> None:
    """WeChat took a picture under this trace id. The content is locked. A verdict that was pushed
    already is applied: the row of the trace id makes one of the two wait for the other."""
    statement = insert(MediaVerdictRow).values(trace_id=trace_id, check_id=check_id)
    row = session.execute(
        statement.on_conflict_do_update(
            index_elements=["trace_id"], set_={"check_id": statement.excluded.check_id}
        ).returning(MediaVerdictRow.status, MediaVerdictRow.label)
    ).one()
    if row.status is not None:
        _apply(session, check_id, row.status, row.label)


def take_push(session: Session, fields: Mapping[str, Any]) -> None:
    """Keep a pushed verdict, the first of a trace id, and apply it when the check is known.

    The lock on the trace id's row is taken before the content's. No deadlock: the check is known
    only once the transaction that wrote it has ended.
    """
    told = media_verdict(fields)
    if told is None:
        return
    statement = insert(MediaVerdictRow).values(
        trace_id=told.trace_id, status=told.suggest or FAILED, label=told.label
    )
    row = session.execute(
        statement.on_conflict_do_update(
            index_elements=["trace_id"],
            set_={
                "status": func.coalesce(MediaVerdictRow.status, statement.excluded.status),
                "label": func.coalesce(MediaVerdictRow.label, statement.excluded.label),
            },
        ).returning(MediaVerdictRow.check_id, MediaVerdictRow.status, MediaVerdictRow.label)
    ).one()
    if row.check_id is not None:
        _apply(session, row.check_id, row.status, row.label)


def _apply(session: Session, check_id: int, status: str, label: int | None) -> None:
    check = session.execute(
        select(ContentCheck.content_id, ContentCheck.part, ContentCheck.version).where(
            ContentCheck.id == check_id
        )
    ).one_or_none()
    content = None if check is None else lock_by_id(session, check.content_id)
    if check is None or content is None:
        return  # edited or deleted meanwhile: its checks are gone
    if status == FAILED:
        found, ended = [finding(MACHINE_FAILED)], REVIEW
    else:
        code = {"review": PICTURE_REVIEW, "risky": PICTURE_RISKY}.get(status)
        found = [] if code is None else [finding(code, label_text(label or 0))]
        ended = status
    end_check(session, content, check.part, check.version, status=ended, found=found)
