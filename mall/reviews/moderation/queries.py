"""Reads of moderation for staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from mall.kernel.http.paging import Page, id_in, page
from mall.reviews.moderation.check_models import BlockedWord, ContentCheck, ContentReport
from mall.reviews.moderation.contents import CONTENT_KINDS
from mall.reviews.moderation.errors import ContentNotFound
from mall.reviews.moderation.findings import FINDINGS
from mall.reviews.moderation.models import ModeratedContent

_SHOWN = (
    *(ModeratedContent.id, ModeratedContent.kind, ModeratedContent.ref, ModeratedContent.user_id),
    *(ModeratedContent.version, ModeratedContent.text, ModeratedContent.pictures),
    *(ModeratedContent.video, ModeratedContent.status, ModeratedContent.manual),
    *(ModeratedContent.findings, ModeratedContent.reason, ModeratedContent.legal_reason),
    *(ModeratedContent.objection, ModeratedContent.objected_at, ModeratedContent.decided_at),
    *(ModeratedContent.decided_by, ModeratedContent.created_at, ModeratedContent.changed_at),
)


@dataclass(frozen=True, slots=True)
class ContentFilter:
    """Which contents. `waiting`: those that staff must decide on."""

    waiting: bool = False
    kind: str | None = None
    status: str | None = None
    finding: str | None = None
    user_id: int | None = None
    objected: bool = False


def contents(
    session: Session, wanted: ContentFilter, cursor: str | None, limit: int
) -> Page[dict[str, Any]]:
    """Contents by their ids: those that wait longest first, all others newest first."""
    statement, after = _filtered(wanted), id_in(cursor)
    order = ModeratedContent.id if wanted.waiting else ModeratedContent.id.desc()
    if after is not None:
        newer = ModeratedContent.id > after
        statement = statement.where(newer if wanted.waiting else ModeratedContent.id < after)
    rows = session.execute(statement.order_by(order).limit(limit + 1)).all()
    found = page(rows, limit, lambda row: [row.id])
    counts = _reports(session, [row.id for row in found.items])
    items = [_shown(row, counts.get(row.id, 0)) for row in found.items]
    return Page(items, found.next_cursor)


def content(session: Session, content_id: int) -> dict[str, Any]:
    """One content with its checks and reports. Raises ContentNotFound."""
    row = session.execute(select(*_SHOWN).where(ModeratedContent.id == content_id)).one_or_none()
    if row is None:
        raise ContentNotFound
    checks = session.execute(
        select(
            *(ContentCheck.part, ContentCheck.status, ContentCheck.findings),
            *(ContentCheck.sent_at, ContentCheck.ended_at),
        )
        .where(ContentCheck.content_id == content_id)
        .order_by(ContentCheck.id)
    ).all()
    reports = session.execute(
        select(ContentReport.reason, ContentReport.note, ContentReport.created_at)
        .where(ContentReport.content_id == content_id)
        .order_by(ContentReport.created_at)
        .limit(100)
    ).all()
    shown = _shown(row, len(reports))
    return {**shown, "checks": [_check(one) for one in checks], "reports": reports}


def words(session: Session, cursor: str | None, limit: int) -> Page[Any]:
    """The list of words, newest first."""
    after = id_in(cursor)
    statement = select(BlockedWord.id, BlockedWord.word, BlockedWord.suggest)
    if after is not None:
        statement = statement.where(BlockedWord.id < after)
    rows = session.execute(statement.order_by(BlockedWord.id.desc()).limit(limit + 1)).all()
    return page(rows, limit, lambda row: [row.id])


def _filtered(wanted: ContentFilter) -> Select[Any]:
    statement = select(*_SHOWN)
    if wanted.waiting:
        statement = statement.where(ModeratedContent.manual)
    if wanted.kind is not None:
        statement = statement.where(ModeratedContent.kind == wanted.kind)
    if wanted.status is not None:
        statement = statement.where(ModeratedContent.status == wanted.status)
    if wanted.user_id is not None:
        statement = statement.where(ModeratedContent.user_id == wanted.user_id)
    if wanted.finding is not None:
        statement = statement.where(ModeratedContent.findings.contains([{"code": wanted.finding}]))
    if wanted.objected:
        statement = statement.where(
            ModeratedContent.objected_at.is_not(None),
            or_(
                ModeratedContent.decided_at.is_(None),
                ModeratedContent.objected_at > ModeratedContent.decided_at,
            ),
        )
    return statement


def _reports(session: Session, ids: Sequence[int]) -> dict[int, int]:
    rows = session.execute(
        select(ContentReport.content_id, func.count().label("reports"))
        .where(ContentReport.content_id.in_(ids))
        .group_by(ContentReport.content_id)
    )
    return {row.content_id: row.reports for row in rows}


def _shown(row: Any, reports: int) -> dict[str, Any]:
    kind = CONTENT_KINDS.get(row.kind)
    return {
        **row._mapping,
        "kind_label": row.kind if kind is None else kind.label,
        "findings": [_labelled(one) for one in row.findings],
        "report_count": reports,
    }


def _check(row: Any) -> dict[str, Any]:
    return {**row._mapping, "findings": [_labelled(one) for one in row.findings]}


def _labelled(one: dict[str, Any]) -> dict[str, Any]:
    return {**one, "label": FINDINGS.get(one["code"], one["code"])}
