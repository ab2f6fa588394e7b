"""Gates for tests: written by the loader, for an item that needn't be in the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from redis import Redis

from mall.flashsale.gate import (
    Entry,
    GateLocation,
    ItemPlan,
    SessionPlan,
    Shard,
    load,
    no_holders,
    read_entry,
)
from mall.flashsale.gate.loading import Holders
from mall.kernel.db import db

ITEM, SESSION = 11, 5


def plan(
    left: int = 10,
    *,
    limit: int = 2,
    session_limit: int | None = None,
    epoch: int = 1,
    items: tuple[int, ...] = (ITEM,),
    starts_in_s: float = -60,
    lasts_s: float = 3600,
    state: Any = "open",
    **item: Any,
) -> SessionPlan:
    """A session whose items are alike."""
    starts_at = datetime.now(UTC) + timedelta(seconds=starts_in_s)
    return SessionPlan(
        session_id=SESSION,
        epoch=epoch,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(seconds=lasts_s),
        limit=session_limit,
        state=state,
        items=tuple(ItemPlan(number, left, limit, **item) for number in items),
    )


def put(plan: SessionPlan, holders: Holders = no_holders) -> GateLocation:
    """Load the plan's gates; where the first item's lies."""
    assert load(db.session(), plan, holders)
    db.session.rollback()
    return plan.where(plan.items[0])


def digest(number: int, body: int = 0) -> bytes:
    return number.to_bytes(8, "big") + body.to_bytes(4, "big")


def entries(client: Redis, shard: Shard) -> list[Entry]:
    """What waits in the stream."""
    return [read_entry(shard, entry_id, fields) for entry_id, fields in client.xrange(shard.stream)]
