"""Admission: a purchase attempt and a poll of a ticket, from the request to the answer.

Both ways of serving (Flask's route, the event loop of `asgi.py`) run the steps written here. The
steps are generators which yield commands for Redis and get the answers, so they wait for nothing
themselves: `run` and `run_async` drive them, over whichever client the way of serving has.

An attempt costs one round trip to Redis. In its order: is the item known to be sold out, how
often has this address tried, the key, the purchase token, how often has this shopper tried; all
else is decided by `admit.lua`.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Generator, Mapping
from time import monotonic
from typing import Any, NamedTuple, TypeVar, cast

from flask import Flask, current_app
from prometheus_client import Counter

from mall.config import Config
from mall.flashsale.gate import commands
from mall.flashsale.gate.commands import Command, Unavailable
from mall.flashsale.gate.keys import GateLocation, Shard, TicketId, route_key, unpack_route
from mall.flashsale.gate.plain_client import PlainClient
from mall.flashsale.gate.records import HeldTicket, digest_of, unpack
from mall.flashsale.gate.store import Store
from mall.flashsale.purchase import answers
from mall.flashsale.purchase.answers import Answer, Refusal
from mall.flashsale.purchase.rate_limits import Window
from mall.flashsale.purchase.tokens import PurchaseToken, TokenExpired, TokenInvalid, TokenKeys
from mall.kernel.failpoints import failpoint

SOLD_OUT_S = 1.0
ROUTE_S = 30.0
_KEY = re.compile(r"[0-9A-Za-z_-]{8,64}", re.ASCII)
_EXTENSION, _CLIENT = "mall.flash_admission", "mall.flash_client"
ATTEMPTS = Counter("mall_flash_attempts", "Purchase attempts by their answer", ["answer"])

Result = TypeVar("Result")
Steps = Generator[Command, Any, Result]
"""Yields commands for Redis; gets each answer, or has Unavailable raised; returns a result."""


def run(steps: Steps[Result], ask: Callable[[Command], Any]) -> Result:
    """Run the steps to their result over a client that blocks."""
    try:
        command = next(steps)
        while True:
            try:
                answer = ask(command)
            except Unavailable as fault:
                command = steps.throw(fault)
            else:
                command = steps.send(answer)
    except StopIteration as end:
        return cast(Result, end.value)


async def run_async(steps: Steps[Result], ask: Callable[[Command], Awaitable[Any]]) -> Result:
    """Run the steps to their result over a client of an event loop."""
    try:
        command = next(steps)
        while True:
            try:
                answer = await ask(command)
            except Unavailable as fault:
                command = steps.throw(fault)
            else:
                command = steps.send(answer)
    except StopIteration as end:
        return cast(Result, end.value)


class ClientInfo(NamedTuple):
    """What a request shows of its client. `again`: the client says that it sent the same attempt
    before and never got the answer."""

    address: str
    key: str
    token: str | None
    device: str | None
    again: bool


def client_info(environ: Mapping[str, Any]) -> ClientInfo:
    """What a WSGI request shows."""
    return ClientInfo(
        environ.get("REMOTE_ADDR", ""),
        environ.get("HTTP_IDEMPOTENCY_KEY", ""),
        environ.get("HTTP_FLASH_PASS"),
        environ.get("HTTP_FLASH_DEVICE"),
        "HTTP_IDEMPOTENT_RETRY" in environ,
    )


class PurchaseRequest(NamedTuple):
    """The body of an attempt: its bytes as they came, and what they say."""

    body: bytes
    units: int
    address_id: int


class _Route(NamedTuple):
    """Where an item's gate lies, known until then."""

    where: GateLocation
    until: float


class Admission:
    """What a process knows of the gate: where items lie, what was sold out a moment ago, how often
    each shopper and each address has tried. Both ways of serving in a process share it."""

    def __init__(self, config: Config) -> None:
        self.token_keys = TokenKeys.of(config)
        self.of_address: Window[str] = Window(config.flash_address_per_10s)
        self._of_shopper: Window[int] = Window(config.flash_shopper_per_10s)
        self._polls: Window[int] = Window(config.flash_shopper_per_10s)
        self._routes: dict[int, _Route] = {}
        self._sold_out: dict[int, float] = {}

    def forget(self) -> None:
        """Know nothing any more, as in a new process."""
        self._routes.clear()
        self._sold_out.clear()
        for window in (self.of_address, self._of_shopper, self._polls):
            window.clear()

    # -- a purchase attempt ------------------------------------------------------------

    def sold_out(self, item_id: int, *, again: bool) -> Refusal | None:
        """The refusal of an item that was sold out less than a second ago.

        A client that repeats an attempt because the answer was lost says so
        (`Idempotent-Retry`), and is let through to the ticket that it may have.
        """
        until = self._sold_out.get(item_id)
        if until is None or again:
            return None
        if until < monotonic():
            self._sold_out.pop(item_id, None)
            return None
        ATTEMPTS.labels("sold_out").inc()
        return answers.SOLD_OUT

    def remember_sold_out(self, item_id: int, seconds: float = SOLD_OUT_S) -> None:
        self._sold_out[item_id] = monotonic() + seconds

    def attempt(
        self, item_id: int, client: ClientInfo, wanted: PurchaseRequest, request_id: str
    ) -> Steps[Answer]:
        """Admit a purchase attempt or say why not."""
        if not self.of_address.hit(client.address):
            return self._refused(answers.RATE_LIMITED, request_id)
        if not _KEY.fullmatch(client.key):
            return self._refused(answers.KEY_REQUIRED, request_id)
        shown = self._shown(client)
        if isinstance(shown, Refusal):
            return self._refused(shown, request_id)
        user_id = shown.user_id
        if not self._of_shopper.hit(user_id):
            return self._refused(answers.RATE_LIMITED, request_id, user_id)
        try:
            said = yield from self._admit(item_id, shown, client.key, wanted)
        except Unavailable:
            said = "gate_closed"
        failpoint("flash.after_admission")
        if said[0] in "+=":
            ATTEMPTS.labels("admitted").inc()
            return answers.admitted(said[1:], user_id, again=said[0] == "=")
        return self._refused(self._refusal(item_id, said), request_id, user_id)

    def _admit(
        self, item_id: int, shown: PurchaseToken, key: str, wanted: PurchaseRequest
    ) -> Steps[str]:
        """What the script says; a ticket is given its whole name. Raises Unavailable."""
        where = yield from self._where(item_id)
        if where is None:
            return "gate_closed"
        if where.session_id != shown.session_id:
            return "pass_invalid"
        user_id = shown.user_id
        shard = where.shard_of(user_id)
        answer: bytes = yield commands.admit(
            shard.keys,
            *(user_id, digest_of(key, wanted.body), wanted.units, wanted.address_id),
            *(shown.flags, where.session_id),
        )
        said = answer.decode()
        return f"{said[0]}{item_id}-{shard.number}-{said[1:]}" if said[0] in "+=" else said

    def _refusal(self, item_id: int, code: str) -> Refusal:
        if code == "sold_out":
            route = self._routes.get(item_id)
            if route is not None and route.where.splits == 1:
                self.remember_sold_out(item_id)
        elif code == "gate_closed":
            self._routes.pop(item_id, None)
        return answers.BY_CODE[code]

    def _refused(self, refusal: Refusal, request_id: str, user_id: int | None = None) -> Answer:
        ATTEMPTS.labels(refusal.code).inc()
        return refusal.answer(request_id, user_id)

    def _shown(self, client: ClientInfo) -> PurchaseToken | Refusal:
        """The purchase token that the request shows."""
        if not client.token:
            return answers.TOKEN_MISSING
        if not client.device:
            return answers.DEVICE_MISSING
        try:
            return self.token_keys.check(client.token, client.device)
        except TokenInvalid:
            return answers.TOKEN_INVALID
        except TokenExpired:
            return answers.TOKEN_EXPIRED

    def _where(self, item_id: int) -> Steps[GateLocation | None]:
        """Where the item's gate lies; None when the item is in no sale. Raises Unavailable."""
        route = self._routes.get(item_id)
        if route is not None and route.until > monotonic():
            return route.where
        found = yield commands.get(route_key(item_id))
        if found is None:
            self._routes.pop(item_id, None)
            return None
        route = _Route(unpack_route(item_id, found), monotonic() + ROUTE_S)
        self._routes[item_id] = route
        return route.where

    # -- a poll ------------------------------------------------------------------------

    def polled_by(self, client: ClientInfo, request_id: str) -> int | Answer:
        """Which shopper polls, by the purchase token; or the refusal of an invalid token."""
        shown = self._shown(client)
        return shown.answer(request_id) if isinstance(shown, Refusal) else shown.user_id

    def polled_too_often(self, user_id: int, request_id: str) -> Answer | None:
        """Count a poll: the refusal of a shopper who polls too often."""
        if self._polls.hit(user_id):
            return None
        return answers.RATE_LIMITED.answer(request_id, user_id)

    def poll_by_token(
        self, ticket: TicketId, client: ClientInfo, request_id: str
    ) -> Steps[Answer | None]:
        """A whole poll without Flask. None when Redis says nothing: then Flask, which asks
        PostgreSQL too, counts the poll and answers."""
        user_id = self.polled_by(client, request_id)
        if isinstance(user_id, Answer):
            return user_id
        refused = self.polled_too_often(user_id, request_id)
        if refused is not None:
            return refused
        try:
            answer = yield from self.poll(ticket, user_id)
        except Unavailable:
            answer = None
        if answer is None:
            self._polls.refund(user_id)
        return answer

    def poll(self, ticket: TicketId, user_id: int) -> Steps[Answer | None]:
        """What Redis says of a shopper's ticket; None when it says nothing. Raises Unavailable."""
        shard = yield from self._shard(ticket)
        if shard is None:
            return None
        record = yield commands.hget(shard.held, user_id)
        for held in unpack(record or b""):
            if (held.epoch, held.seq) == (ticket.epoch, ticket.seq):
                return _ticket_answer(ticket, held, user_id)
        return None

    def admitted_here(self, ticket: TicketId) -> Steps[bool]:
        """Whether the gate as it is now gave this ticket to somebody. Raises Unavailable."""
        shard = yield from self._shard(ticket)
        if shard is None:
            return False
        epoch, seq = yield commands.hmget(shard.gate, "epoch", "seq")
        return epoch is not None and int(epoch) == ticket.epoch and ticket.seq <= int(seq)

    def _shard(self, ticket: TicketId) -> Steps[Shard | None]:
        where = yield from self._where(ticket.item_id)
        if where is None or ticket.shard >= where.splits:
            return None
        return where.parts[ticket.shard]


def _ticket_answer(ticket: TicketId, held: HeldTicket, user_id: int) -> Answer:
    failed = held.state == "failed"
    return answers.ticket_answer(
        str(ticket),
        held.state,
        order_no=None if failed else held.note or None,
        reason=held.note if failed else None,
        user_id=user_id,
    )


def init_admission(app: Flask, config: Config, store: Store) -> None:
    app.extensions[_EXTENSION] = Admission(config)
    app.extensions[_CLIENT] = PlainClient(store)


def admission() -> Admission:
    """The running app's."""
    return cast(Admission, current_app.extensions[_EXTENSION])


def run_here(steps: Steps[Result]) -> Result:
    """Run the steps in this thread, over the running app's client."""
    client: PlainClient = current_app.extensions[_CLIENT]
    return run(steps, client.ask)
