"""A press and a look at a ticket, from the request to the answer, for Flask's route and the
fast path alike.

A press costs one round trip to Redis. In its order: is the item known to be sold out, how
often has this address pressed, the key, the pass, how often has this shopper pressed; all
else is decided by `admit.lua`.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from time import monotonic
from typing import Any, NamedTuple, cast

from flask import Flask, current_app
from prometheus_client import Counter

from mall.config import Config
from mall.flashsale import answers
from mall.flashsale.answers import Answer, Refusal
from mall.flashsale.gate.keys import Shard, TicketId, Where, route_key, unpack_route
from mall.flashsale.gate.lines import AnyLine, lines_to
from mall.flashsale.gate.protocol import Down, bulks, packed
from mall.flashsale.gate.records import HeldTicket, digest_of, unpack
from mall.flashsale.gate.scripts import ADMIT
from mall.flashsale.gate.store import Store
from mall.flashsale.passes import Pass, PassExpired, PassInvalid, PassKeys
from mall.flashsale.pressing_limits import Window
from mall.kernel.failpoints import failpoint

SOLD_OUT_S = 1.0
ROUTE_S = 30.0
_KEY = re.compile(r"[0-9A-Za-z_-]{8,64}", re.ASCII)
_EXTENSION = "mall.flash_admission"
PRESSES = Counter("mall_flash_presses", "Presses at the gate by what they were told", ["answer"])


class Asked(NamedTuple):
    """What a request shows of who sends it, whichever way it came in. `again`: he says that
    the press was sent before and its answer lost."""

    address: str
    key: str
    pass_: str | None
    device: str | None
    again: bool


def asked_of(environ: Mapping[str, Any]) -> Asked:
    """What a WSGI request shows."""
    return Asked(
        environ.get("REMOTE_ADDR", ""),
        environ.get("HTTP_IDEMPOTENCY_KEY", ""),
        environ.get("HTTP_FLASH_PASS"),
        environ.get("HTTP_FLASH_DEVICE"),
        "HTTP_IDEMPOTENT_RETRY" in environ,
    )


class Wish(NamedTuple):
    """What a press asks for; its key belongs to the very bytes of its body."""

    body: bytes
    units: int
    address_id: int


class _Route:
    """Where an item's gate lies, with the bytes of a press up to the caller's run id."""

    def __init__(self, where: Where, until: float) -> None:
        self.where, self.until = where, until
        self.session_id = where.session_id
        self.session = bulks(where.session_id)
        self.heads = [_head(shard) for shard in where.parts]


def _head(shard: Shard) -> bytes:
    keys = shard.keys
    count = b"*%d\r\n" % (3 + len(keys) + 7)
    return count + bulks("EVALSHA", ADMIT.sha, len(keys), *keys)


def _tail(shown: Pass, digest: bytes, wish: Wish) -> bytes:
    """The arguments of a press between the run id and the session, ready to be sent."""
    user, units, address = str(shown.user_id), str(wish.units), str(wish.address_id)
    return b"%b%b%b" % (
        f"${len(user)}\r\n{user}\r\n$12\r\n".encode(),
        digest,
        f"\r\n${len(units)}\r\n{units}\r\n${len(address)}\r\n{address}\r\n"
        f"$1\r\n{shown.flags}\r\n".encode(),
    )


class Admission:
    """What a process knows of the gate: its lines, where items lie, what was sold out."""

    def __init__(self, config: Config, store: Store) -> None:
        self._store = store
        self._lines = lines_to(store)
        self.passes = PassKeys.of(config)
        self._of_address: Window[str] = Window(config.flash_address_per_10s)
        self._of_shopper: Window[int] = Window(config.flash_shopper_per_10s)
        self._looks: Window[int] = Window(config.flash_shopper_per_10s)
        self._routes: dict[int, _Route] = {}
        self._sold_out: dict[int, float] = {}

    def over(self, line: AnyLine) -> Admission:
        """The same one, with all that it knows and counts, over connections of that kind."""
        other = copy.copy(self)
        other._lines = lines_to(self._store, line)
        return other

    # -- a press -----------------------------------------------------------------------

    def sold_out(self, item_id: int, *, again: bool) -> Refusal | None:
        """The refusal of an item that was sold out less than a second ago.

        A client that repeats a press because its answer was lost says so (`Idempotent-Retry`),
        and is let through to the ticket that it may have.
        """
        until = self._sold_out.get(item_id)
        if until is None or again:
            return None
        if until < monotonic():
            self._sold_out.pop(item_id, None)
            return None
        PRESSES.labels("sold_out").inc()
        return answers.SOLD_OUT

    async def press(self, item_id: int, asked: Asked, wish: Wish, request_id: str) -> Answer:
        """Let a press in or say why not."""
        if not self._of_address.hit(asked.address):
            return self._refused(answers.RATE_LIMITED, request_id)
        if not _KEY.fullmatch(asked.key):
            return self._refused(answers.KEY_REQUIRED, request_id)
        shown = self._shown(asked)
        if isinstance(shown, Refusal):
            return self._refused(shown, request_id)
        user_id = shown.user_id
        if not self._of_shopper.hit(user_id):
            return self._refused(answers.RATE_LIMITED, request_id, user_id)
        try:
            said = await self._ask(item_id, shown, digest_of(asked.key, wish.body), wish)
        except Down:
            said = "gate_closed"
        failpoint("flash.after_admission")
        if said[0] in "+=":
            PRESSES.labels("admitted").inc()
            return answers.admitted(said[1:], user_id, again=said[0] == "=")
        return self._refused(self._told(item_id, said), request_id, user_id)

    async def _ask(self, item_id: int, shown: Pass, digest: bytes, wish: Wish) -> str:
        """What the script says; a ticket is given its whole name. Raises Down."""
        route = self._routes.get(item_id)
        if route is None or route.until <= monotonic():
            route = await self._find(item_id)
            if route is None:
                return "gate_closed"
        if route.session_id != shown.session_id:
            return "pass_invalid"
        number = shown.user_id % route.where.splits
        tail = _tail(shown, digest, wish) + route.session
        gate = route.where.parts[number].gate
        answer: bytes = await self._lines.ask(gate, route.heads[number], tail)
        said = answer.decode()
        return f"{said[0]}{item_id}-{number}-{said[1:]}" if said[0] in "+=" else said

    def _told(self, item_id: int, code: str) -> Refusal:
        if code == "sold_out":
            route = self._routes.get(item_id)
            if route is not None and route.where.splits == 1:
                self._sold_out[item_id] = monotonic() + SOLD_OUT_S
        elif code == "gate_closed":
            self._routes.pop(item_id, None)
        return answers.BY_CODE[code]

    def _refused(self, refusal: Refusal, request_id: str, user_id: int | None = None) -> Answer:
        PRESSES.labels(refusal.code).inc()
        return refusal.answer(request_id, user_id)

    def _shown(self, asked: Asked) -> Pass | Refusal:
        """The pass that the request shows."""
        if not asked.pass_ or not asked.device:
            return answers.PASS_INVALID
        try:
            return self.passes.check(asked.pass_, asked.device)
        except PassInvalid:
            return answers.PASS_INVALID
        except PassExpired:
            return answers.PASS_EXPIRED

    async def _find(self, item_id: int) -> _Route | None:
        """Where Redis says that the item lies; None when it is in no sale. Raises Down."""
        key = route_key(item_id)
        found = await self._lines.ask(key, packed("GET", key))
        if found is None:
            self._routes.pop(item_id, None)
            return None
        route = _Route(unpack_route(item_id, found), monotonic() + ROUTE_S)
        self._routes[item_id] = route
        return route

    # -- a look ------------------------------------------------------------------------

    def looker(self, asked: Asked, request_id: str) -> int | Answer:
        """Who looks, by the pass; or the refusal of a pass that is none."""
        shown = self._shown(asked)
        return shown.answer(request_id) if isinstance(shown, Refusal) else shown.user_id

    def too_often(self, user_id: int, request_id: str) -> Answer | None:
        """The refusal of a shopper who looks all the time. Counts one."""
        if self._looks.hit(user_id):
            return None
        return answers.RATE_LIMITED.answer(request_id, user_id)

    async def look_by_pass(self, ticket: TicketId, asked: Asked, request_id: str) -> Answer | None:
        """A look in front of Flask. None when Redis says nothing: Flask, which asks PostgreSQL
        too, counts this look itself."""
        user_id = self.looker(asked, request_id)
        if isinstance(user_id, Answer):
            return user_id
        refused = self.too_often(user_id, request_id)
        if refused is not None:
            return refused
        try:
            answer = await self.look(ticket, user_id)
        except Down:
            answer = None
        if answer is None:
            self._looks.forgive(user_id)
        return answer

    async def look(self, ticket: TicketId, user_id: int) -> Answer | None:
        """What Redis says of a shopper's ticket; None when it says nothing. Raises Down."""
        shard = await self._shard(ticket)
        if shard is None:
            return None
        record = await self._lines.ask(shard.held, packed("HGET", shard.held, user_id))
        for held in unpack(record or b""):
            if (held.epoch, held.seq) == (ticket.epoch, ticket.seq):
                return _told_of(ticket, held, user_id)
        return None

    async def admitted_here(self, ticket: TicketId) -> bool:
        """Whether the gate as it is now gave this ticket to somebody. Raises Down."""
        shard = await self._shard(ticket)
        if shard is None:
            return False
        ask = packed("HMGET", shard.gate, "epoch", "seq")
        epoch, seq = await self._lines.ask(shard.gate, ask)
        return epoch is not None and int(epoch) == ticket.epoch and ticket.seq <= int(seq)

    async def _shard(self, ticket: TicketId) -> Shard | None:
        route = self._routes.get(ticket.item_id)
        if route is None or route.until <= monotonic():
            route = await self._find(ticket.item_id)
        if route is None or ticket.shard >= route.where.splits:
            return None
        return route.where.parts[ticket.shard]


def _told_of(ticket: TicketId, held: HeldTicket, user_id: int) -> Answer:
    failed = held.state == "failed"
    return answers.ticket_told(
        str(ticket),
        held.state,
        order_no=None if failed else held.note or None,
        reason=held.note if failed else None,
        user_id=user_id,
    )


def init_admission(app: Flask, config: Config, store: Store) -> Admission:
    found = app.extensions[_EXTENSION] = Admission(config, store)
    return found


def admission() -> Admission:
    """The running app's."""
    return cast(Admission, current_app.extensions[_EXTENSION])
