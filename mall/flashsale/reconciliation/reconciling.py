"""Redis held against PostgreSQL while a sale runs, and after.

What the gate says it has (`left` and `queued`) and what PostgreSQL can still sell are the
same number, save while a batch, a release or an attempt is on its way. A gate that is missing,
of another server or of an older epoch is loaded anew at once; one that merely differs, when
it has differed for so long that nothing can be on its way any more.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from mall.flashsale.gate import Figures, balance, figures, set_state, streams
from mall.flashsale.gate.operations import GateState
from mall.flashsale.metrics import REBUILDS
from mall.flashsale.models import ARMED, PAUSED
from mall.flashsale.reconciliation.live import LiveItem, live_items
from mall.flashsale.reconciliation.rebuilding import held_session, rebuild
from mall.kernel.db import transaction
from mall.kernel.jobs import SWEEP, job
from mall.kernel.redis import RedisError

LASTING_S = 12.0
"""Longer than an entry of a dead worker lies in a stream, and than a release job waits."""
_STATES: Mapping[str, GateState] = {ARMED: "open", PAUSED: "paused"}
_UNDER_WAY = "SELECT FROM flash_sessions WHERE settled_at IS NULL AND state IN ('armed', 'paused')"
_log = structlog.get_logger("mall.flashsale")


@dataclass(frozen=True, slots=True)
class Difference:
    """An item at which Redis and PostgreSQL don't say the same. No figures for a gate that is
    missing, of another server, or not the newest."""

    item_id: int
    unsold: int
    left: int | None = None
    queued: int | None = None

    @property
    def missing_units(self) -> int | None:
        """Units that PostgreSQL can sell and the gate doesn't know of; None without a gate."""
        if self.left is None or self.queued is None:
            return None
        return self.unsold - self.left - self.queued


def compare(item: LiveItem, parts: Sequence[Figures | None]) -> Difference | None:
    """What is wrong with an item's gate; None when it is right."""
    there = [part for part in parts if part is not None]
    if len(there) < len(parts) or any(not sound(part, item) for part in there):
        return Difference(item.item_id, item.left)
    left, queued = sum(part.left for part in there), sum(part.queued for part in there)
    if left + queued == item.left:
        return None
    return Difference(item.item_id, item.left, left, queued)


def sound(part: Figures, item: LiveItem) -> bool:
    """Whether this part of a gate is the one that PostgreSQL knows, and lets people in."""
    return part.current and part.epoch == item.epoch and part.state != "closed"


def differences() -> list[Difference]:
    """Every item under way whose gate isn't what PostgreSQL says, at this moment. A node that
    doesn't answer is as good as a missing gate."""
    with transaction() as session:
        items = live_items(session)
    found = (_difference(item) for item in items if item.state in _STATES)
    return [difference for difference in found if difference]


def overdue(bound_s: float) -> dict[int, float]:
    """Items at which an attempt has waited for longer than `bound_s`, and how long (s). A node
    that doesn't answer can't tell."""
    with transaction() as session:
        items = live_items(session)
    waited: dict[int, float] = {}
    for item in items:
        with suppress(RedisError):
            waited[item.item_id] = max(
                streams.oldest_wait_s(shard) for shard in item.where.shards()
            )
    return {item_id: seconds for item_id, seconds in waited.items() if seconds > bound_s}


def _difference(item: LiveItem) -> Difference | None:
    try:
        return compare(item, figures(item.where))
    except RedisError:
        return Difference(item.item_id, item.left)


@dataclass
class Reconciler:
    """A process's eye on the sales under way: since when which item has differed."""

    since: dict[int, float] = field(default_factory=dict)

    def run(self) -> list[int]:
        """Bring every gate under way in order; the sessions that were loaded anew. One whose
        node doesn't answer waits for it."""
        with transaction() as session:
            items = [item for item in live_items(session) if item.state in _STATES]
        known = {item.item_id for item in items}
        self.since = {key: at for key, at in self.since.items() if key in known}
        by_session: dict[int, list[LiveItem]] = {}
        for item in items:
            by_session.setdefault(item.session_id, []).append(item)
        return [one for one in by_session if self._keep(one, by_session[one])]

    def _keep(self, session_id: int, items: Sequence[LiveItem]) -> bool:
        """Whether the session was loaded anew."""
        try:
            why = self._why_anew(items)
            if not why or not rebuild(session_id):
                return False
        except RedisError as fault:
            error = type(fault).__name__
            _log.warning("a gate doesn't answer", session_id=session_id, error=error)
            return False
        REBUILDS.labels(why).inc()
        _log.warning("gate was loaded anew", session_id=session_id, why=why)
        return True

    def _why_anew(self, items: Sequence[LiveItem]) -> str | None:
        whys = [why for item in items if (why := self._wrong(item))]
        for item in items if whys else ():
            self.since.pop(item.item_id, None)
        return whys[0] if whys else None

    def _wrong(self, item: LiveItem) -> str | None:
        parts = figures(item.where)
        difference = compare(item, parts)
        if difference is None:
            self.since.pop(item.item_id, None)
            self._keep_going(item, parts)
            return None
        if difference.left is None:
            return "lost"
        now = time.monotonic()
        return "differs" if now - self.since.setdefault(item.item_id, now) > LASTING_S else None

    def _keep_going(self, item: LiveItem, parts: Sequence[Figures | None]) -> None:
        if any(part is not None and part.state != _STATES[item.state] for part in parts):
            _restate(item)
        if item.splits > 1:
            balance(item.where)


def _restate(item: LiveItem) -> None:
    """Let the gate be as the session is now: it may have moved on since we looked."""
    with transaction() as session:
        state = _STATES.get(held_session(session, item.session_id).state)
        if state is not None:
            set_state(item.where, state)


_reconciler = Reconciler()


@job("flashsale.reconcile", retry=SWEEP, cron="* * * * * */15", look=_UNDER_WAY)
def reconcile() -> None:
    """The second path, should no flash worker run: its own loop looks every second or two."""
    _reconciler.run()
