"""What staff do with sessions before they are armed. Each change leaves an audit row.

Whoever plans waits for whoever else does: so two sessions can't take the same SKU at the
same time, or the same slot of a day, by being planned at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mall.catalog.queries import skus_for_sale
from mall.flashsale.errors import (
    ItemNotFound,
    ItemTwice,
    SessionNotDraft,
    SessionNotFound,
    SessionOver,
    SessionTooLong,
    SkuUnknown,
    SlotNotFound,
    SlotTaken,
)
from mall.flashsale.models import (
    DRAFT,
    FlashItem,
    FlashReminder,
    FlashSession,
)
from mall.flashsale.planning import rules
from mall.flashsale.planning.fitting import (
    check,
    refuse_overlaps,
    refuse_sold_otherwise,
    require_stock,
)
from mall.flashsale.planning.queries import sku_ids_of
from mall.flashsale.planning.slots import lock_planning, slot
from mall.flashsale.planning.versions import save_smaller_version, save_version
from mall.kernel.db import constraint_of, db_now, transaction
from mall.staff.audit import record

LONGEST = timedelta(days=31)
_REFUSALS = {
    "uq_flash_sessions_slot": SlotTaken,
    "uq_flash_items_session_id_sku_id": ItemTwice,
}


def create_session(*, accept_warnings: bool = False, **terms: Any) -> int:
    """A new draft: its id. `terms` name a slot and a day, or a start and an end.

    Raises SlotNotFound, SlotTaken, SessionOver, SessionTooLong, FirstOrderTerms,
    FirstOrdersOverlap, CampaignRefused, CampaignWarned.
    """
    with transaction() as session:
        lock_planning(session)
        values = _with_times(session, terms)
        session_id: int = _execute(
            session, insert(FlashSession).values(**values).returning(FlashSession.id)
        )
        refuse_overlaps(session, session_id)
        save_version(session, session_id, accept_warnings)
        _audit(session, "create", session_id, after=values)
        return session_id


def change_session(session_id: int, *, accept_warnings: bool = False, **terms: Any) -> None:
    """Other terms for a draft; its items must fit them.

    Raises SessionNotFound, SessionNotDraft, SessionsOverlap and what create_session and
    add_item raise.
    """
    with transaction() as session:
        lock_planning(session)
        before = dict(locked_draft(session, session_id)._mapping)
        values = _with_times(session, terms)
        _execute(
            session,
            update(FlashSession)
            .where(FlashSession.id == session_id)
            .values(**values)
            .returning(FlashSession.id),
        )
        check(session, session_id)
        save_version(session, session_id, accept_warnings)
        _audit(session, "update", session_id, before=before, after=values)


def delete_session(session_id: int) -> None:
    """Forget a draft and its items. Raises SessionNotFound, SessionNotDraft (also for one that is
    ready: shoppers see it and may have asked to be reminded)."""
    with transaction() as session:
        before = dict(_locked_unannounced(session, session_id)._mapping)
        for table in (FlashReminder, FlashItem):
            session.execute(delete(table).where(table.session_id == session_id))
        session.execute(delete(FlashSession).where(FlashSession.id == session_id))
        _audit(session, "delete", session_id, before=before)


def set_ready(session_id: int, ready: bool) -> None:
    """Let a draft arm itself ahead of its start, or not. Saying so again changes nothing.

    Raises SessionNotFound, SessionNotDraft, SkuSoldOtherwise, StockShort.
    """
    with transaction() as session:
        row = locked_draft(session, session_id)
        if row.ready == ready:
            return
        session.execute(
            update(FlashSession)
            .where(FlashSession.id == session_id)
            .values(ready=ready, arm_error=None)
        )
        if ready:
            refuse_sold_otherwise(session, sku_ids_of(session, session_id))
            require_stock(session, session_id)
        _audit(session, "ready", session_id, before={"ready": row.ready}, after={"ready": ready})


def add_item(session_id: int, *, accept_warnings: bool = False, **values: Any) -> int:
    """A SKU for a draft: the item's id.

    Raises SessionNotFound, SessionNotDraft, SessionsOverlap, SessionFull, ItemTwice,
    SkuUnknown, SkuSoldOtherwise, PriceNotLower, ContentsMissing, FirstOrderTerms,
    SplitWithSessionLimit, CampaignRefused, CampaignWarned.
    """
    with transaction() as session:
        lock_planning(session)
        locked_draft(session, session_id)
        _require_sku(session, values["sku_id"])
        item_id: int = _execute(
            session,
            insert(FlashItem).values(session_id=session_id, **values).returning(FlashItem.id),
        )
        check(session, session_id)
        save_version(session, session_id, accept_warnings)
        _audit_item(session, "create", item_id, after={"session_id": session_id, **values})
        return item_id


def change_item(item_id: int, *, accept_warnings: bool = False, **values: Any) -> None:
    """Other terms for an item of a draft. Raises ItemNotFound and what add_item raises."""
    with transaction() as session:
        lock_planning(session)
        before = _item_of_draft(session, item_id)
        _require_sku(session, values["sku_id"])
        _execute(
            session,
            update(FlashItem)
            .where(FlashItem.id == item_id)
            .values(**values)
            .returning(FlashItem.id),
        )
        check(session, before["session_id"])
        save_version(session, before["session_id"], accept_warnings)
        shown = {name: before[name] for name in values}
        _audit_item(session, "update", item_id, before=shown, after=values)


def remove_item(item_id: int) -> None:
    """Take an item out of a draft. Raises ItemNotFound, SessionNotDraft (also for one that is
    ready)."""
    with transaction() as session:
        before = _item_of_draft(session, item_id)
        _locked_unannounced(session, before["session_id"])
        session.execute(delete(FlashItem).where(FlashItem.id == item_id))
        save_smaller_version(session, before["session_id"])
        _audit_item(session, "delete", item_id, before=before)


def locked_draft(session: Session, session_id: int) -> Row[Any]:
    """A draft, held until the commit. Raises SessionNotFound, SessionNotDraft."""
    row = locked(session, session_id)
    if row.state != DRAFT:
        raise SessionNotDraft
    return row


def _locked_unannounced(session: Session, session_id: int) -> Row[Any]:
    row = locked_draft(session, session_id)
    if row.ready:
        raise SessionNotDraft("场次已公布，请先取消就绪再删除")
    return row


def locked(session: Session, session_id: int) -> Row[Any]:
    """A session, held until the commit. Raises SessionNotFound."""
    row = session.execute(
        select(*FlashSession.__table__.c)
        .where(FlashSession.id == session_id)
        .with_for_update(key_share=True)
    ).one_or_none()
    if row is None:
        raise SessionNotFound
    return row


def _with_times(session: Session, terms: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a session, with the slot's time of that day."""
    values = {name: value for name, value in terms.items() if name != "day"}
    if values["slot_id"] is not None:
        found = slot(session, values["slot_id"])
        if not found.enabled:
            raise SlotNotFound(param="slot_id")
        values["starts_at"], values["ends_at"] = rules.window_of(
            terms["day"], found.starts_minute, found.lasts_min
        )
    if values["ends_at"] <= db_now(session):
        raise SessionOver
    if values["ends_at"] - values["starts_at"] > LONGEST:
        raise SessionTooLong(param="ends_at")
    values["limit_per_user"] = rules.session_limit(values["kind"], values["limit_per_user"])
    return values


def _execute(session: Session, statement: Any) -> Any:
    """Run a write whose unique constraints are refusals: the id that it returns."""
    try:
        with session.begin_nested():
            return session.execute(statement).scalar_one()
    except IntegrityError as fault:
        refusal = _REFUSALS.get(constraint_of(fault) or "")
        if refusal is None:
            raise
        raise refusal from None


def _require_sku(session: Session, sku_id: int) -> None:
    if sku_id not in skus_for_sale(session, [sku_id]):
        raise SkuUnknown(param="sku_id")


def _item_of_draft(session: Session, item_id: int) -> dict[str, Any]:
    """An item whose session is a draft that is held. Raises ItemNotFound, SessionNotDraft."""
    session_id = session.scalar(select(FlashItem.session_id).where(FlashItem.id == item_id))
    if session_id is None:
        raise ItemNotFound
    locked_draft(session, session_id)
    row = session.execute(
        select(*FlashItem.__table__.c).where(FlashItem.id == item_id)
    ).one_or_none()
    if row is None:
        raise ItemNotFound
    return dict(row._mapping)


def _audit(session: Session, verb: str, session_id: int, **change: Any) -> None:
    record(
        session,
        action=f"flash_session.{verb}",
        target_type="flash_session",
        target_id=session_id,
        **change,
    )


def _audit_item(session: Session, verb: str, item_id: int, **change: Any) -> None:
    record(
        session, action=f"flash_item.{verb}", target_type="flash_item", target_id=item_id, **change
    )
