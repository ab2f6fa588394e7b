"""What shoppers see of sales: the sessions of today and tomorrow, with their items.

The answer is kept ready for a moment in Redis and in the process, all but what moves with
the clock: the time and the countdowns are put in when it is given. What is left of an item
is told in words that its stock answers for; there is no figure that could be a made-up one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from mall.catalog.detail import SHOWN_LIST_PRICE
from mall.catalog.models import Sku, Spu
from mall.catalog.rules import on_shelf_now, spec_text
from mall.flashsale.errors import SessionNotFound
from mall.flashsale.models import ABORTED, DRAFT, ENDED, PAUSED, FlashItem, FlashSession
from mall.inventory.models import Stock
from mall.kernel.cache import LoadedBody, VersionedCache
from mall.kernel.clock import day_start, shop_day
from mall.kernel.db import db, db_now
from mall.kernel.shop_clock import CLOCK

CACHE = VersionedCache("flash", ttl_ms=1_000, local_ms=400)
"""Short, as what is left changes without anybody telling the cache."""
FEW_BP = 2_000
PLENTY, FEW, SOLD_OUT = "plenty", "few", "sold_out"
LEFT = (PLENTY, FEW, SOLD_OUT)
UPCOMING, LIVE = "upcoming", "live"
PHASES = (UPCOMING, LIVE, PAUSED, ENDED, ABORTED)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A session as it is kept: when it runs, how it stands, the rest of its JSON."""

    starts_ms: int
    ends_ms: int
    state: str
    rest: str

    def at(self, now_ms: int) -> str:
        """The session's JSON at this moment."""
        phase = self._phase(now_ms)
        over = phase in (ENDED, ABORTED)
        starts_in = 0 if over else _seconds(self.starts_ms - now_ms)
        ends_in = 0 if over else _seconds(self.ends_ms - now_ms)
        head = f'"phase":"{phase}","starts_in_s":{starts_in},"ends_in_s":{ends_in},'
        return "{" + head + self.rest[1:]

    def _phase(self, now_ms: int) -> str:
        if self.state in (ENDED, ABORTED):
            return self.state
        if now_ms >= self.ends_ms:
            return ENDED
        if now_ms < self.starts_ms:
            return UPCOMING
        # A draft should be armed by now; nobody can buy yet.
        return PAUSED if self.state in (PAUSED, DRAFT) else LIVE


_parsed: dict[str, tuple[str, list[_Shown]]] = {}
"""Key → the entity tag of a kept answer, and what it says."""
_MOST_PARSED = 1_000


def sessions() -> bytes:
    """The JSON of the sessions of today and tomorrow by shop day, and of those that run."""
    now_ms, shown = _shown("sessions", None)
    items = ",".join(one.at(now_ms) for one in shown)
    return f'{{"server_time":"{_iso(now_ms)}","items":[{items}]}}'.encode()


def session(session_id: int) -> bytes:
    """The JSON of one session, of whatever day. Raises SessionNotFound for one that isn't
    announced."""
    now_ms, shown = _shown(f"session:{session_id}", session_id)
    if not shown:
        raise SessionNotFound
    return f'{{"server_time":"{_iso(now_ms)}",{shown[0].at(now_ms)[1:]}'.encode()


def _shown(key: str, session_id: int | None) -> tuple[int, list[_Shown]]:
    entry = CACHE.get(key, lambda: _load(session_id))
    known = _parsed.get(key)
    if known is None or known[0] != entry.etag:
        if len(_parsed) >= _MOST_PARSED:
            _parsed.clear()
        known = _parsed[key] = entry.etag, [_Shown(*one) for one in json.loads(entry.body)]
    return CLOCK.now_ms(db.session()), known[1]


def _iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")


def _load(session_id: int | None) -> LoadedBody:
    session = db.session()
    announced = or_(FlashSession.state != DRAFT, FlashSession.ready)
    if session_id is not None:
        which = FlashSession.id == session_id
    else:
        starts, ends = two_days(shop_day(db_now(session)))
        which = and_(FlashSession.starts_at < ends, FlashSession.ends_at > starts)
    rows = session.execute(
        select(FlashSession)
        .where(announced, which)
        .order_by(FlashSession.starts_at, FlashSession.id)
        .execution_options(populate_existing=True)
    ).scalars()
    found = list(rows)
    items = _items(session, [row.id for row in found])
    return LoadedBody(json.dumps([_kept(row, items.get(row.id, [])) for row in found]).encode())


def two_days(today: date) -> tuple[datetime, datetime]:
    """From the midnight that began a shop day to the one that ends the next."""
    midnight = day_start(today)
    return midnight, midnight + timedelta(days=2)


def _items(session: Session, session_ids: Sequence[int]) -> Mapping[int, list[Any]]:
    rows = session.execute(
        select(
            *FlashItem.__table__.c,
            Spu.name,
            Sku.spu_id,
            Sku.spec_values,
            Sku.price_fen.label("usual_price_fen"),
            SHOWN_LIST_PRICE.label("list_price_fen"),
            Sku.image,
            Spu.main_image,
            and_(Sku.enabled, on_shelf_now()).label("on_sale"),
            func.coalesce(Stock.sellable, 0).label("sellable"),
            FlashSession.state,
        )
        .join(FlashSession, FlashSession.id == FlashItem.session_id)
        .join(Sku, Sku.id == FlashItem.sku_id)
        .join(Spu, Spu.id == Sku.spu_id)
        .outerjoin(Stock, Stock.sku_id == Sku.id)
        .where(FlashItem.session_id.in_(session_ids))
        .order_by(FlashItem.session_id, FlashItem.position, FlashItem.id)
    )
    return {key: list(group) for key, group in groupby(rows, lambda row: row.session_id)}


def _kept(row: FlashSession, items: Sequence[Any]) -> list[Any]:
    rest = {
        "id": str(row.id),
        "name": row.name,
        "kind": row.kind,
        "starts_at": row.starts_at.isoformat(),
        "ends_at": row.ends_at.isoformat(),
        "limit_per_user": row.limit_per_user,
        "items": [_shown_item(item) for item in items],
    }
    dumped = json.dumps(rest, ensure_ascii=False, separators=(",", ":"))
    return [_ms(row.starts_at), _ms(row.ends_at), row.state, dumped]


def _shown_item(row: Any) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "sku_id": str(row.sku_id),
        "product_id": str(row.spu_id),
        "name": row.name,
        "spec_text": spec_text(row.spec_values),
        "image": row.image or row.main_image,
        # What an order will cost: the shop's own price once that is the lower one.
        "price_fen": min(row.price_fen, row.usual_price_fen),
        "usual_price_fen": row.usual_price_fen,
        "list_price_fen": row.list_price_fen,
        "limit_per_user": row.limit_per_user,
        "audience": row.audience,
        "contents": row.contents,
        "left": _left(row),
    }


def _left(row: Any) -> str:
    """In words. One that was taken off the shelf can't be bought either; until the session is
    armed its units are on sale, and may go."""
    left = row.stock - row.sold - row.returned
    if row.state == DRAFT:
        left = min(left, row.sellable)
    if left <= 0 or not row.on_sale:
        return SOLD_OUT
    return FEW if left * 10_000 < row.stock * FEW_BP else PLENTY


def _seconds(ms: int) -> int:
    """Whole seconds, rounded up: who waits them out isn't too early."""
    return max(0, -(-ms // 1000))


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
