"""A press and a look at a ticket, from the request to the answer, for Flask's route and the
fast path alike.

A press costs one round trip to Redis. In its order: is the item known to be sold out, how
often has this address pressed, the key, the pass, how often has this shopper pressed; all
else is decided by `admit.lua`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from time import monotonic
from typing import Any, NamedTuple, cast

from flask import Flask, current_app

from mall.config import Settings
from mall.flashsale import answers
from mall.flashsale.answers import Answer, Refusal
from mall.flashsale.gate.keys import Shard, TicketId, Where, route_key, unpack_route
from mall.flashsale.gate.line import Down, bulks, packed
from mall.flashsale.gate.lines import lines_to
from mall.flashsale.gate.records import HeldTicket, digest_of, unpack
from mall.flashsale.gate.scripts import ADMIT
from mall.flashsale.gate.store import Store
from mall.flashsale.passes import Pass, PassExpired, PassInvalid, PassKeys
from mall.flashsale.pressing_limits import Window
from mall.kernel.failpoints import failpoint
from mall.kernel.metrics import Counter

SOLD_OUT_S = 1.0
ROUTE_S = 30.0
RETRY = "HTTP_IDEMPOTENT_RETRY"
_COUNTED = "mall.flash_look_counted"
_KEY = re.compile(r"[0-9A-Za-z_-]{8,64}", re.ASCII)
_EXTENSION = "mall.flash_admission"
PRESSES = Counter("mall_flash_presses", "Presses at the gate by what they were told", ["answer"])


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


class Admission:
    """What a process knows of the gate: its lines, where items lie, what was sold out."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._lines = lines_to(store)
        self.passes = PassKeys.of(settings)
        self._of_address: Window[str] = Window(settings.flash_address_per_10s)
        self._of_shopper: Window[int] = Window(settings.flash_shopper_per_10s)
        self._looks: Window[int] = Window(settings.flash_shopper_per_10s)
        self._routes: dict[int, _Route] = {}
        self._sold_out: dict[int, float] = {}
        self._counters = {code: PRESSES.labels(code) for code in ("admitted", "sold_out")}

    # -- a press -----------------------------------------------------------------------

    def sold_out(self, item_id: int, environ: Mapping[str, Any]) -> Refusal | None:
        """The refusal of an item that was sold out less than a second ago.

        A client that repeats a press because its answer was lost says so (`Idempotent-Retry`),
        and is let through to the ticket that it may have.
        """
        until = self._sold_out.get(item_id)
        if until is None or RETRY in environ:
            return None
        if until < monotonic():
            self._sold_out.pop(item_id, None)
            return None
        self._counters["sold_out"].inc()
        return answers.SOLD_OUT

    def press(
        self, item_id: int, environ: Mapping[str, Any], wish: Wish, request_id: str
    ) -> Answer:
        """Let a press in or say why not."""
        if not self._of_address.hit(environ.get("REMOTE_ADDR", "")):
            return self._refused(answers.RATE_LIMITED, request_id)
        key = environ.get("HTTP_IDEMPOTENCY_KEY", "")
        if not _KEY.fullmatch(key):
            return self._refused(answers.KEY_REQUIRED, request_id)
        shown = self._shown(environ)
        if isinstance(shown, Refusal):
            return self._refused(shown, request_id)
        user_id = shown.user_id
        if not self._of_shopper.hit(user_id):
            return self._refused(answers.RATE_LIMITED, request_id, user_id)
        try:
            said = self._ask(item_id, shown, digest_of(key, wish.body), wish)
        except Down:
            said = "gate_closed"
        failpoint("flash.after_admission")
        if said[0] in "+=":
            self._counters["admitted"].inc()
            return answers.admitted(said[1:], user_id, again=said[0] == "=")
        return self._refused(self._told(item_id, said), request_id, user_id)

    def _ask(self, item_id: int, shown: Pass, digest: bytes, wish: Wish) -> str:
        """What the script says; a ticket is given its whole name. Raises Down."""
        route = self._route(item_id)
        if route is None:
            return "gate_closed"
        if route.session_id != shown.session_id:
            return "pass_invalid"
        user_id = shown.user_id
        number = user_id % route.where.splits
        tail = bulks(user_id, digest, wish.units, wish.address_id, shown.flags) + route.session
        answer: bytes = self._lines.ask(route.where.parts[number].gate, route.heads[number], tail)
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
        counter = self._counters.get(refusal.code)
        if counter is None:
            counter = self._counters[refusal.code] = PRESSES.labels(refusal.code)
        counter.inc()
        return refusal.answer(request_id, user_id)

    def _shown(self, environ: Mapping[str, Any]) -> Pass | Refusal:
        """The pass that the request shows."""
        text, device = environ.get("HTTP_FLASH_PASS"), environ.get("HTTP_FLASH_DEVICE")
        if not text or not device:
            return answers.PASS_INVALID
        try:
            return self.passes.check(text, device)
        except PassInvalid:
            return answers.PASS_INVALID
        except PassExpired:
            return answers.PASS_EXPIRED

    def _route(self, item_id: int) -> _Route | None:
        route = self._routes.get(item_id)
        if route is not None and route.until > monotonic():
            return route
        key = route_key(item_id)
        found = self._lines.ask(key, packed("GET", key))
        if found is None:
            self._routes.pop(item_id, None)
            return None
        route = _Route(unpack_route(item_id, found), monotonic() + ROUTE_S)
        self._routes[item_id] = route
        return route

    # -- a look ------------------------------------------------------------------------

    def looker(self, environ: Mapping[str, Any], request_id: str) -> int | Answer:
        """Who looks, by the pass; or the refusal of a pass that is none."""
        shown = self._shown(environ)
        return shown.answer(request_id) if isinstance(shown, Refusal) else shown.user_id

    def too_often(
        self, user_id: int, environ: MutableMapping[str, Any], request_id: str
    ) -> Answer | None:
        """The refusal of a shopper who looks all the time. Each request counts once."""
        if _COUNTED in environ or self._looks.hit(user_id):
            environ[_COUNTED] = True
            return None
        return answers.RATE_LIMITED.answer(request_id, user_id)

    def look(self, ticket: TicketId, user_id: int) -> Answer | None:
        """What Redis says of a shopper's ticket; None when it says nothing. Raises Down."""
        shard = self._shard(ticket)
        if shard is None:
            return None
        record = self._lines.ask(shard.held, packed("HGET", shard.held, user_id))
        for held in unpack(record or b""):
            if (held.epoch, held.seq) == (ticket.epoch, ticket.seq):
                return _told_of(ticket, held, user_id)
        return None

    def admitted_here(self, ticket: TicketId) -> bool:
        """Whether the gate as it is now gave this ticket to somebody. Raises Down."""
        shard = self._shard(ticket)
        if shard is None:
            return False
        epoch, seq = self._lines.ask(shard.gate, packed("HMGET", shard.gate, "epoch", "seq"))
        return epoch is not None and int(epoch) == ticket.epoch and ticket.seq <= int(seq)

    def _shard(self, ticket: TicketId) -> Shard | None:
        route = self._route(ticket.item_id)
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


def init_admission(app: Flask, settings: Settings, store: Store) -> Admission:
    found = app.extensions[_EXTENSION] = Admission(settings, store)
    return found


def admission() -> Admission:
    """The running app's."""
    return cast(Admission, current_app.extensions[_EXTENSION])
