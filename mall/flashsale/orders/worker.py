"""The flash worker: admitted attempts into orders, batch by batch, until SIGTERM.

Any number of them share the streams of a sale as one consumer group. One that dies leaves
its entries behind; another takes them over after five seconds, and PostgreSQL tells what
had been committed. Between batches it reconciles the gates.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError

from mall.flashsale import metrics
from mall.flashsale.gate import Entry, Outcome, Shard, settle, streams
from mall.flashsale.orders import eligibility
from mall.flashsale.orders.allocation import AllocationConflict
from mall.flashsale.orders.batches import BATCH, fail_attempt, process_batch
from mall.flashsale.orders.pricing import QuoteCache
from mall.flashsale.reconciliation.live import live_items
from mall.flashsale.reconciliation.reconciling import Reconciler
from mall.kernel.db import db, transaction
from mall.kernel.failpoints import failpoint
from mall.kernel.jobs import brief
from mall.kernel.redis import RedisError
from mall.kernel.worker_port import Pulse

POLL_S = 0.05
LIVE_S = 1.0
"""How old the list of items under way may be."""
CLAIM_S = 2.0
RECONCILE_S = 2.0
LONGEST_PAUSE_S = 2.0
PAUSE_S = 2.0
DECIDE_AGAIN = 3
OUTAGES = (OperationalError, InterfaceError, TimeoutError, RedisError)
"""Errors that end by themselves: the same batch is tried again until they do."""
Reader = Callable[[Shard, str, int], list[Entry]]
_log = structlog.get_logger("mall.flashsale.orders.worker")


def own_name() -> str:
    """Which consumer this is; no two processes alike."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"


class Interval:
    """Whether something that is done every so many seconds is due."""

    def __init__(self, every_s: float) -> None:
        self._every_s, self._at = every_s, 0.0

    def is_due(self) -> bool:
        """True when it is time again."""
        moment = time.monotonic()
        if moment < self._at:
            return False
        self._at = moment + self._every_s
        return True


@dataclass
class Worker:
    """One consumer of the group. `stopping` is read between two batches."""

    name: str = field(default_factory=own_name)
    stopping: bool = False
    pulse: Pulse = field(default_factory=Pulse)
    _shards: list[Shard] = field(default_factory=list)
    _places: dict[tuple[int, int], Shard] = field(default_factory=dict)
    _paused_until: dict[bytes, float] = field(default_factory=dict)
    _unfinished: list[Entry] = field(default_factory=list)
    _prices: QuoteCache = field(default_factory=QuoteCache)
    _reconciler: Reconciler = field(default_factory=Reconciler)
    _live_interval: Interval = field(default_factory=lambda: Interval(LIVE_S))
    _claim_interval: Interval = field(default_factory=lambda: Interval(CLAIM_S))
    _reconcile_interval: Interval = field(default_factory=lambda: Interval(RECONCILE_S))

    def run(self) -> None:
        """Work until `stopping`. While PostgreSQL or Redis is away, wait and try again."""
        _log.info("flash worker starts", worker=self.name)
        pause_s = POLL_S
        while not self.stopping:
            self.pulse.beat()
            try:
                done = self.turn()
            except OUTAGES as fault:
                db.session.remove()
                metrics.FAULTS.labels(type(fault).__name__).inc()
                _log.warning("flash worker waits", worker=self.name, error=brief(fault))
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
                time.sleep(pause_s)
                continue
            pause_s = POLL_S
            if not done:
                time.sleep(POLL_S)
        _log.info("flash worker has stopped", worker=self.name)

    def turn(self) -> int:
        """Reconcile the gates when that is due, then process one batch; the number of its attempts.

        Raises the errors of PostgreSQL, and keeps the batch for the next turn. Raises RedisError
        only when no node answers: one node that is away doesn't hold up the others.
        """
        if self._live_interval.is_due():
            with transaction() as session:
                items = live_items(session)
            self._shards = [shard for item in items for shard in item.where.shards()]
            self._places |= {(s.where.item_id, s.number): s for s in self._shards}
        if self._reconcile_interval.is_due():
            self._reconciler.run()
        self._unfinished = self._unfinished or self._read()
        batch = self._unfinished
        if batch:
            self.process(batch)
        self._unfinished = []
        return len(batch)

    def _read(self) -> list[Entry]:
        """At most a batch of attempts: abandoned ones first, then new ones."""
        moment = time.monotonic()
        shards = [one for one in self._shards if self._paused_until.get(one.stream, 0.0) < moment]
        lengths = streams.lengths(shards)
        metrics.WAITING.set(sum(length or 0 for length in lengths))
        for shard, length in zip(shards, lengths, strict=True):
            if length is None:
                self._pause(shard)
        busy = [shard for shard, length in zip(shards, lengths, strict=True) if length]
        batch: list[Entry] = []
        readers = [streams.claim_abandoned] if busy and self._claim_interval.is_due() else []
        for read in (*readers, streams.read_new):
            for shard in busy:
                if len(batch) < BATCH:
                    batch += self._read_one(read, shard, BATCH - len(batch))
        self._shards = [*self._shards[1:], *self._shards[:1]]  # another item comes first
        return batch

    def _read_one(self, read: Reader, shard: Shard, count: int) -> list[Entry]:
        try:
            return read(shard, self.name, count)
        except RedisError:
            self._pause(shard)
            return []

    def _pause(self, shard: Shard) -> None:
        """Leave a stream alone for a moment, as its node doesn't answer."""
        self._paused_until[shard.stream] = time.monotonic() + PAUSE_S
        _log.warning("a stream doesn't answer", worker=self.name, item_id=shard.where.item_id)

    def process(self, batch: Sequence[Entry]) -> None:
        """Orders or refusals for a batch, and their outcomes into the gate."""
        started = time.monotonic()
        outcomes = self._decide(batch)
        took_s = time.monotonic() - started
        self._settle(outcomes)
        failpoint("flash.after_settle")
        metrics.BATCH_SIZE.observe(len(batch))
        metrics.BATCH_SECONDS.observe(took_s)
        ends = Counter("ordered" if one.state == "ordered" else one.note for one in outcomes)
        for end, count in ends.items():
            metrics.TICKETS.labels(end).inc(count)
        _log.info("flash batch", tickets=len(batch), took_ms=int(took_s * 1000), **ends)

    def _decide(self, batch: Sequence[Entry]) -> list[Outcome]:
        """One commit for the whole batch. A batch that fails is halved until the attempt that
        can't be processed stands alone; only that one fails."""
        for again in range(DECIDE_AGAIN):
            try:
                return process_batch(batch, self._prices)
            except OUTAGES:
                raise
            except AllocationConflict as fault:
                _log.info("flash batch decides again", error=brief(fault), times=again + 1)
            except Exception as fault:
                db.session.remove()
                metrics.FAULTS.labels(type(fault).__name__).inc()
                _log.error("flash batch failed", tickets=len(batch), error=brief(fault))
                break
        if len(batch) == 1:
            return [_failed_alone(batch[0])]
        middle = len(batch) // 2
        return [*self._decide(batch[:middle]), *self._decide(batch[middle:])]

    def _settle(self, outcomes: Sequence[Outcome]) -> None:
        by_shard: dict[Shard, list[Outcome]] = defaultdict(list)
        for one in outcomes:
            ticket = one.entry.ticket
            by_shard[self._places[ticket.item_id, ticket.shard]].append(one)
        for shard, of_shard in by_shard.items():
            try:
                settle(shard, of_shard)
            except RedisError:  # they stay in the stream, and are known when they are read again
                self._pause(shard)


def _failed_alone(entry: Entry) -> Outcome:
    try:
        return fail_attempt(entry)
    except OUTAGES:
        raise
    except Exception as fault:
        db.session.remove()
        _log.error("an attempt can't be refused", ticket=str(entry.ticket), error=brief(fault))
        return Outcome(entry, "failed", eligibility.ERROR)
