"""What staff decide about promoters. Each decision has its reason, and is audited.

The row is locked: of two who decide at once, the second finds the decision of the first, and is
refused.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.referral.promoters.changing import Why, change_promoter, locked
from mall.referral.promoters.errors import PromoterChanged
from mall.referral.promoters.levels import level
from mall.referral.promoters.models import (
    ACTIVE,
    APPLIED,
    BLOCKED,
    BY_STAFF,
    ENDED,
    REFUSED,
    Promoter,
)
from mall.staff.audit import record


def decide(user_id: int, *, accept: bool, reason: str | None, level_id: int | None) -> None:
    """Accept an application, at a level if one is named, or refuse it.

    Raises PromoterNotFound, PromoterChanged when no application waits, PromoterLevelNotFound.
    """
    with transaction() as session:
        promoter = locked(session, user_id)
        if promoter.status != APPLIED:
            raise PromoterChanged
        values: dict[str, Any] = {"status": REFUSED, "staff_first": True}
        if accept:
            values = {"status": ACTIVE, "staff_first": False}
            if level_id is not None:
                values["level_id"] = level(session, level_id).id
        _decide(session, promoter, "decide", reason, decided_at=func.clock_timestamp(), **values)


def block(user_id: int, reason: str) -> None:
    """Let a promoter earn nothing until staff unblock them. Raises PromoterNotFound,
    PromoterChanged."""
    _set_status(user_id, "block", {ACTIVE}, reason, status=BLOCKED)


def unblock(user_id: int, reason: str) -> None:
    """Let a blocked promoter earn again. Raises PromoterNotFound, PromoterChanged."""
    _set_status(user_id, "unblock", {BLOCKED}, reason, status=ACTIVE)


def end(user_id: int, reason: str) -> None:
    """End it for good; a later application waits for staff. Raises PromoterNotFound,
    PromoterChanged."""
    values = {"status": ENDED, "staff_first": True, "decided_at": func.clock_timestamp()}
    _set_status(user_id, "end", {ACTIVE, BLOCKED}, reason, **values)


def set_level(user_id: int, *, level_id: int, fixed: bool, reason: str) -> None:
    """Put a promoter on a level. `fixed`: growth leaves the level alone from now on.

    Raises PromoterNotFound, PromoterChanged, PromoterLevelNotFound.
    """
    with transaction() as session:
        promoter = locked(session, user_id)
        if promoter.status not in {ACTIVE, BLOCKED}:
            raise PromoterChanged
        wanted = level(session, level_id).id
        if (promoter.level_id, promoter.level_fixed) == (wanted, fixed):
            return
        _decide(session, promoter, "set_level", reason, level_id=wanted, level_fixed=fixed)


def _set_status(user_id: int, verb: str, old: set[str], reason: str, **values: Any) -> None:
    with transaction() as session:
        promoter = locked(session, user_id)
        if promoter.status not in old:
            raise PromoterChanged
        _decide(session, promoter, verb, reason, **values)


def _decide(
    session: Session, promoter: Promoter, verb: str, reason: str | None, **values: Any
) -> None:
    before = {name: getattr(promoter, name) for name in ("status", "level_id", "level_fixed")}
    change_promoter(session, promoter, Why(BY_STAFF, reason), **values, reason=reason)
    record(
        session,
        action=f"promoter.{verb}",
        target_type="promoter",
        target_id=promoter.user_id,
        before=before,
        after={**{name: values.get(name, old) for name, old in before.items()}, "reason": reason},
    )
