"""The same sale on another day: what a daily slot is mostly used for."""

from __future__ import annotations

from datetime import date

from sqlalchemy import insert, literal, select

from mall.flashsale.models import FlashItem
from mall.flashsale.planning import sessions
from mall.flashsale.planning.fitting import check
from mall.flashsale.planning.slots import lock_planning
from mall.flashsale.planning.versions import save_version
from mall.kernel.clock import shop_day
from mall.kernel.db import transaction
from mall.staff.audit import record

_TERMS = ("name", "kind", "slot_id", "warm_up_s", "limit_per_user")
_OF_ITEM = (
    *("sku_id", "position", "price_fen", "stock", "limit_per_user", "audience", "splits"),
    "contents",
)


def copy_session(session_id: int, day: date, *, accept_warnings: bool = False) -> int:
    """A new draft with the terms and items of a session, at its time of another shop day.

    In a slot it runs as the slot runs now. Raises SessionNotFound and whatever
    create_session and add_item raise.
    """
    with transaction() as session:
        lock_planning(session)
        row = sessions.locked(session, session_id)
        terms = {name: row._mapping[name] for name in _TERMS}
        if row.slot_id is None:
            later = day - shop_day(row.starts_at)
            terms |= {"starts_at": row.starts_at + later, "ends_at": row.ends_at + later}
        copy_id = sessions.create_session(
            accept_warnings=accept_warnings,
            **{"starts_at": None, "ends_at": None, "day": day, **terms},
        )
        columns = [getattr(FlashItem, name) for name in _OF_ITEM]
        items = select(literal(copy_id), *columns).where(FlashItem.session_id == session_id)
        session.execute(insert(FlashItem).from_select(["session_id", *_OF_ITEM], items))
        check(session, copy_id)
        save_version(session, copy_id, accept_warnings)
        record(
            session,
            action="flash_session.copy",
            target_type="flash_session",
            target_id=copy_id,
            after={"of": session_id},
        )
        return copy_id
