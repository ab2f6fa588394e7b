"""Starting an activity: its terms stand for good, and its stock is set aside."""

from __future__ import annotations

from sqlalchemy import exists, select, text
from sqlalchemy.orm import Session

from mall.groupbuy.activities import queries
from mall.groupbuy.activities.errors import GroupWindowsCross
from mall.groupbuy.activities.models import STARTED, GroupActivity
from mall.groupbuy.activities.saving import (
    audit,
    checked,
    locked_draft,
    save_version,
    set_columns,
)
from mall.groupbuy.activities.stock import set_aside
from mall.kernel.db import transaction

_LOCK_PRODUCT = text("SELECT id FROM spus WHERE id = :spu_id FOR NO KEY UPDATE")


def start_activity(activity_id: int, *, accept_warnings: bool = False) -> None:
    """Fix the terms and set the stock aside; teams can be opened from `starts_at` on.

    All is checked again: prices of the shop, and the leader's reward, may have changed since.
    Raises GroupActivityNotFound, GroupActivityNotDraft, GroupWindowsCross, OutOfStock when a SKU
    has fewer units than are wanted, and what `create_activity` says.
    """
    with transaction() as session:
        draft = locked_draft(session, activity_id)
        lock_product(session, draft.spu_id)
        checked(session, queries.as_terms(queries.activity(session, activity_id)))
        _refuse_crossing(session, draft)
        version = draft.version + 1
        now = text("clock_timestamp()")
        set_columns(session, activity_id, status=STARTED, started_at=now, version=version)
        save_version(session, activity_id, version, accept_warnings=accept_warnings)
        set_aside(session, activity_id)
        audit(session, "start", activity_id, after={"version": version})


def lock_product(session: Session, spu_id: int) -> None:
    """Whoever else starts an activity of the product waits: windows that cross are then seen."""
    session.execute(_LOCK_PRODUCT, {"spu_id": spu_id})


def _refuse_crossing(session: Session, draft: GroupActivity) -> None:
    crossing = exists().where(
        GroupActivity.spu_id == draft.spu_id,
        GroupActivity.id != draft.id,
        GroupActivity.status == STARTED,
        GroupActivity.starts_at < draft.ends_at,
        GroupActivity.ends_at > draft.starts_at,
    )
    if session.scalar(select(crossing)):
        raise GroupWindowsCross(param="starts_at")
