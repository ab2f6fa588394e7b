"""A connection that all presses of an event loop share.

While answers are on their way, what is asked waits for them and then goes out in one piece:
at low load nothing waits, under load a press costs a fraction of a system call, here and in
Redis. Answers come in the order of the questions.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar, cast

import hiredis
from redis import RedisError, SSLConnection
from redis.asyncio.connection import SSLConnection as LoopSSLConnection

from mall.flashsale.gate.protocol import (
    ASK_RUN_ID,
    LEARN_SCRIPT,
    TIMEOUT_S,
    Down,
    Dropped,
    credentials,
    good,
    lacks_script,
    run_id_in,
)

Result = TypeVar("Result")
_LOOK_S = TIMEOUT_S / 8


class SharedLine:
    """As `Line`, for tasks of one loop. It connects by itself; who asks waits for that."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._talk = _Talk()
        self._run_id = b""
        self._opening = asyncio.ensure_future(self._open(options))
        self._opening.add_done_callback(_seen)

    async def ask(self, head: bytes, tail: bytes | None = None) -> Any:
        """As `Line.ask`."""
        if not self._run_id:
            await asyncio.shield(self._opening)  # one who goes away must not end it for all
        request = head if tail is None else head + self._run_id + tail
        answer = await self._talk.exchange(request)
        if type(answer) is bytes:  # the usual one
            return answer
        if isinstance(answer, Exception) and lacks_script(answer):
            good(await self._talk.exchange(LEARN_SCRIPT))
            answer = await self._talk.exchange(request)
        return good(answer)

    def close(self) -> None:
        self._opening.cancel()
        self._talk.end(Dropped("closed"))

    @staticmethod
    async def aside(work: Callable[[], Result]) -> Result:
        """Do what blocks in a thread: the loop must go on."""
        return await asyncio.to_thread(work)

    async def _open(self, options: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await _connect(self._talk, options)
                for command in credentials(options):
                    good(await self._talk.exchange(command))
                run_id = run_id_in(good(await self._talk.exchange(ASK_RUN_ID)))
                good(await self._talk.exchange(LEARN_SCRIPT))
        except (OSError, RedisError, Down) as fault:  # TimeoutError is an OSError
            self._talk.end(Dropped("closed"))
            raise Down(f"can't connect: {str(fault) or 'no answer in time'}") from fault
        except BaseException:
            self._talk.end(Dropped("closed"))
            raise
        self._run_id = run_id


async def _connect(talk: _Talk, options: dict[str, Any]) -> None:
    loop = asyncio.get_running_loop()
    if "path" in options:
        await loop.create_unix_connection(lambda: talk, options["path"])
        return
    host, port = options.get("host", "localhost"), options.get("port", 6379)
    context = None
    if options.get("connection_class") is SSLConnection:
        told = {name: value for name, value in options.items() if name != "connection_class"}
        context = LoopSSLConnection(**told).ssl_context.get()
    await loop.create_connection(lambda: talk, host, port, ssl=context)


def _seen(opening: asyncio.Future[None]) -> None:
    """Its fault was told to those who waited; there may be none any more."""
    if not opening.cancelled():
        opening.exception()


class _Talk(asyncio.Protocol):
    """Questions out, answers in, in one order. Who waits too long ends it for all: the
    answers that come later could be anybody's."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.WriteTransport | None = None
        self._reader = hiredis.Reader()
        self._waiting: deque[tuple[float, asyncio.Future[Any]]] = deque()
        self._out: list[bytes] = []
        self._watched = False
        self._fault: Down | None = None

    def exchange(self, request: bytes) -> asyncio.Future[Any]:
        """One answer, once it is here; an error of the server is a result, too."""
        answer: asyncio.Future[Any] = self._loop.create_future()
        if self._fault is not None:
            answer.set_exception(Dropped(str(self._fault)))
            return answer
        if not self._waiting:  # nothing is on its way
            self._loop.call_soon(self._send)
        self._waiting.append((self._loop.time(), answer))
        self._out.append(request)
        if not self._watched:
            self._watched = True
            self._loop.call_later(_LOOK_S, self._watch)
        return answer

    def end(self, fault: Down) -> None:
        """Nothing is asked here any more, and nobody is left waiting."""
        if self._fault is None:
            self._fault = fault
            if self._transport is not None:
                self._transport.abort()
            for _, answer in self._waiting:
                if not answer.done():
                    answer.set_exception(fault)
            self._waiting.clear()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        if self._fault is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        try:
            while (said := self._reader.gets()) is not False:
                _, answer = self._waiting.popleft()
                if not answer.done():
                    answer.set_result(said)
        except (hiredis.ProtocolError, IndexError) as fault:
            self.end(Down(str(fault)))
        if self._out and len(self._waiting) == len(self._out):
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        self.end(Dropped(str(exc or "the server closed the connection")))

    def _send(self) -> None:
        out, self._out = self._out, []
        if self._transport is not None and self._fault is None:
            self._transport.write(b"".join(out))

    def _watch(self) -> None:
        self._watched = False
        if self._waiting:
            if self._loop.time() - self._waiting[0][0] >= TIMEOUT_S:
                self.end(Down("no answer in time"))
            else:
                self._watched = True
                self._loop.call_later(_LOOK_S, self._watch)
