"""The flash worker: admitted presses into orders, batch by batch, until it is told to stop.

Any number of them share the streams of a sale as one consumer group. One that dies leaves
its entries behind; another takes them over after five seconds, and PostgreSQL tells what
had been committed. Between batches it looks after the gates.
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

from mall.flashsale import guards, metrics, streams
from mall.flashsale.draining import BATCH, drain, give_up
from mall.flashsale.gate import Entry, Outcome, Shard, settle
from mall.flashsale.ledger import GuardMissed
from mall.flashsale.live import live_items
from mall.flashsale.pricing import PriceBook
from mall.flashsale.reconciling import Watch
from mall.kernel.db import db, transaction
from mall.kernel.failpoints import failpoint
from mall.kernel.jobs import brief
from mall.kernel.redis import RedisError

POLL_S = 0.05
LIVE_S = 1.0
"""So old may be the list of items under way."""
CLAIM_S = 2.0
WATCH_S = 2.0
LONGEST_PAUSE_S = 2.0
REST_S = 2.0
DECIDE_AGAIN = 3
OUTAGES = (OperationalError, InterfaceError, TimeoutError, RedisError)
"""What passes by itself: the same batch is tried again until it does."""
Reader = Callable[[Shard, str, int], list[Entry]]
_log = structlog.get_logger("mall.flashsale.worker")


def own_name() -> str:
    """Which consumer this is; no two processes alike."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"


class Due:
    """Something that is to be done each so many seconds."""

    def __init__(self, every_s: float) -> None:
        self._every_s, self._at = every_s, 0.0

    def now(self) -> bool:
        """True when it is time again."""
        moment = time.monotonic()
        if moment < self._at:
            return False
        self._at = moment + self._every_s
        return True


@dataclass
class Worker:
    """One consumer of the group. `stopping` is looked at between two batches."""

    name: str = field(default_factory=own_name)
    stopping: bool = False
    _shards: list[Shard] = field(default_factory=list)
    _places: dict[tuple[int, int], Shard] = field(default_factory=dict)
    _resting: dict[bytes, float] = field(default_factory=dict)
    _hand: list[Entry] = field(default_factory=list)
    _prices: PriceBook = field(default_factory=PriceBook)
    _watch: Watch = field(default_factory=Watch)
    _live: Due = field(default_factory=lambda: Due(LIVE_S))
    _claim: Due = field(default_factory=lambda: Due(CLAIM_S))
    _look: Due = field(default_factory=lambda: Due(WATCH_S))

    def run(self) -> None:
        """Work until `stopping`; what PostgreSQL or Redis can't do now is waited out."""
        _log.info("flash worker starts", worker=self.name)
        pause_s = POLL_S
        while not self.stopping:
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
        """Look after the gates when it is time, then one batch; the presses dealt with.

        Raises what PostgreSQL says when it can't, and the batch stays in hand; what Redis
        says only when no part of it answers. One node that is away keeps no other waiting.
        """
        if self._live.now():
            with transaction() as session:
                items = live_items(session)
            self._shards = [shard for item in items for shard in item.where.shards()]
            self._places |= {(s.where.item_id, s.number): s for s in self._shards}
        if self._look.now():
            self._watch.look()
        self._hand = self._hand or self._read()
        batch = self._hand
        if batch:
            self._deal_with(batch)
        self._hand = []
        return len(batch)

    def _read(self) -> list[Entry]:
        """At most a batch of presses: those left behind first, then fresh ones."""
        moment = time.monotonic()
        shards = [one for one in self._shards if self._resting.get(one.stream, 0.0) < moment]
        lengths = streams.lengths(shards)
        metrics.WAITING.set(sum(length or 0 for length in lengths))
        for shard, length in zip(shards, lengths, strict=True):
            if length is None:
                self._rest(shard)
        busy = [shard for shard, length in zip(shards, lengths, strict=True) if length]
        batch: list[Entry] = []
        readers = [streams.left_behind] if busy and self._claim.now() else []
        for read in (*readers, streams.fresh):
            for shard in busy:
                if len(batch) < BATCH:
                    batch += self._read_one(read, shard, BATCH - len(batch))
        self._shards = [*self._shards[1:], *self._shards[:1]]  # another item comes first
        return batch

    def _read_one(self, read: Reader, shard: Shard, count: int) -> list[Entry]:
        try:
            return read(shard, self.name, count)
        except RedisError:
            self._rest(shard)
            return []

    def _rest(self, shard: Shard) -> None:
        """Leave a stream alone for a moment whose node doesn't answer."""
        self._resting[shard.stream] = time.monotonic() + REST_S
        _log.warning("a stream doesn't answer", worker=self.name, item_id=shard.where.item_id)

    def _deal_with(self, batch: Sequence[Entry]) -> None:
        started = time.monotonic()
        outcomes = self._drain(batch)
        took_s = time.monotonic() - started
        self._settle(outcomes)
        failpoint("flash.after_settle")
        metrics.BATCH_SIZE.observe(len(batch))
        metrics.BATCH_SECONDS.observe(took_s)
        ends = Counter("ordered" if one.state == "ordered" else one.note for one in outcomes)
        for end, count in ends.items():
            metrics.TICKETS.labels(end).inc(count)
        _log.info("flash batch", tickets=len(batch), took_ms=int(took_s * 1000), **ends)

    def _drain(self, batch: Sequence[Entry]) -> list[Outcome]:
        """One commit for all. A press that can't be dealt with is found by halving, and fails
        alone."""
        for again in range(DECIDE_AGAIN):
            try:
                return drain(batch, self._prices)
            except OUTAGES:
                raise
            except GuardMissed as fault:
                _log.info("flash batch decides again", error=brief(fault), times=again + 1)
            except Exception as fault:
                db.session.remove()
                metrics.FAULTS.labels(type(fault).__name__).inc()
                _log.error("flash batch failed", tickets=len(batch), error=brief(fault))
                break
        if len(batch) == 1:
            return [_given_up(batch[0])]
        middle = len(batch) // 2
        return [*self._drain(batch[:middle]), *self._drain(batch[middle:])]

    def _settle(self, outcomes: Sequence[Outcome]) -> None:
        by_shard: dict[Shard, list[Outcome]] = defaultdict(list)
        for one in outcomes:
            ticket = one.entry.ticket
            by_shard[self._places[ticket.item_id, ticket.shard]].append(one)
        for shard, of_shard in by_shard.items():
            try:
                settle(shard, of_shard)
            except RedisError:  # they are left behind there, and known when they come again
                self._rest(shard)


def _given_up(entry: Entry) -> Outcome:
    try:
        return give_up(entry)
    except OUTAGES:
        raise
    except Exception as fault:
        db.session.remove()
        _log.error("a press can't be refused", ticket=str(entry.ticket), error=brief(fault))
        return Outcome(entry, "failed", guards.ERROR)
