"""Staff decide: one content or many, each with its reason and in the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.failpoints import around_commit
from mall.reviews.moderation.contents import APPROVED, HIDDEN, PENDING, REFUSED
from mall.reviews.moderation.deciding import decide
from mall.reviews.moderation.errors import DecisionReasonMissing
from mall.reviews.moderation.findings import REPORTED
from mall.reviews.moderation.judging import lock_by_id
from mall.reviews.moderation.legal_reasons import LEGAL_REASONS
from mall.reviews.moderation.models import ModeratedContent
from mall.staff.audit import record

APPROVE, REFUSE, HIDE, KEEP = "approve", "refuse", "hide", "keep"
_STATUS = {APPROVE: APPROVED, REFUSE: REFUSED, HIDE: HIDDEN}
DECISIONS = (APPROVE, REFUSE, HIDE, KEEP)
CHANGED, UNCHANGED, STALE, UNKNOWN = "changed", "unchanged", "stale", "unknown"
OUTCOMES = (CHANGED, UNCHANGED, STALE, UNKNOWN)


@dataclass(frozen=True, slots=True)
class Seen:
    """A content as whoever decides has seen it: what was edited, or decided by somebody else,
    since then isn't decided on."""

    content_id: int
    version: int
    status: str


@dataclass(frozen=True, slots=True)
class Decision:
    """`approve` also overturns a refusal or a hiding; `refuse` needs `reason`, which the writer
    reads; `hide` needs `legal_reason`, a code of the list; `keep` leaves a reported content shown
    or answers an objection with no."""

    decision: str
    reason: str = ""
    legal_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of one content."""

    content_id: int
    outcome: str


def decide_many(staff_id: int, seen: Sequence[Seen], decision: Decision) -> list[Decided]:
    """Decide on contents, in the order of their ids, in one transaction.

    Of two moderators the second is told that it is stale or, of the same opinion, that nothing
    changed. One that can't be decided stops no other.

    Raises DecisionReasonMissing.
    """
    _check(decision)
    with transaction() as session:
        around_commit(session, "reviews.before_decision_commit", "reviews.after_decision_commit")
        by_id = {one.content_id: one for one in seen}
        return [
            Decided(content_id, _decide(session, staff_id, by_id[content_id], decision))
            for content_id in sorted(by_id)
        ]


def _check(decision: Decision) -> None:
    if decision.decision == REFUSE and not decision.reason:
        raise DecisionReasonMissing(param="reason")
    if (decision.decision == HIDE) != (decision.legal_reason in LEGAL_REASONS):
        raise DecisionReasonMissing(param="legal_reason")


def _decide(session: Session, staff_id: int, seen: Seen, decision: Decision) -> str:
    content = lock_by_id(session, seen.content_id)
    if content is None:
        return UNKNOWN
    if content.version != seen.version:
        return STALE
    if content.status == _STATUS.get(decision.decision):
        return UNCHANGED
    if content.status != seen.status:
        return STALE
    is_done = (
        _keep(session, staff_id, content)
        if decision.decision == KEEP
        else _move(session, staff_id, content, decision)
    )
    if not is_done:
        return UNCHANGED
    record(
        session,
        action=f"content.{decision.decision}",
        target_type="content",
        target_id=content.id,
        before={"status": content.status, "version": content.version},
        after={"reason": decision.reason, "legal_reason": decision.legal_reason},
    )
    return CHANGED


def _move(session: Session, staff_id: int, content: Any, decision: Decision) -> bool:
    reason = decision.reason or None
    if decision.legal_reason is not None:
        ground = LEGAL_REASONS[decision.legal_reason]
        told = f"{ground.label}（{ground.law}）"
        reason = f"{told}：{decision.reason}" if decision.reason else told
    is_done = decide(
        session,
        content.kind,
        content.ref,
        _STATUS[decision.decision],
        reason=reason,
        legal_reason=decision.legal_reason,
        staff_id=staff_id,
    )
    if is_done:
        _forget_reports(session, content)
    return is_done


def _keep(session: Session, staff_id: int, content: Any) -> bool:
    """Leave it as it is; False when nobody waits for a decision on it, or a first one is due."""
    if content.status == PENDING or not content.manual:
        return False
    session.execute(
        update(ModeratedContent)
        .where(ModeratedContent.id == content.id)
        .values(
            manual=False,
            decided_at=func.clock_timestamp(),
            decided_by=staff_id,
        )
    )
    _forget_reports(session, content)
    return True


def _forget_reports(session: Session, content: Any) -> None:
    """Reports so far are answered: only those after this decision count again."""
    left = [one for one in content.findings if one["code"] != REPORTED]
    session.execute(
        update(ModeratedContent).where(ModeratedContent.id == content.id).values(findings=left)
    )
