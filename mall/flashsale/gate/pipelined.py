"""A pipelined connection to Redis that all requests of an event loop share.

While answers are on their way, new commands wait for them and then go out in one write. At low
load nothing waits; under load an attempt costs a fraction of a system call, here and in Redis.
Answers come in the order of the commands. What this saves is in docs/flashsale.md ("Speed").
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, cast

import hiredis
from redis import RedisError, SSLConnection
from redis.asyncio.connection import SSLConnection as AsyncSSLConnection

from mall.flashsale.gate.commands import (
    TIMEOUT_S,
    Argument,
    Command,
    ConnectionLost,
    Unavailable,
    answer_of,
)

_CHECK_S = TIMEOUT_S / 8
_pack: Callable[[tuple[Argument, ...]], bytes] = hiredis.pack_command  # type: ignore[assignment]


class PipelinedConnection:
    """Connects by itself; the first commands wait until it is connected."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._protocol = Protocol()
        self._opened = False
        self._opening = asyncio.ensure_future(self._open(options))
        self._opening.add_done_callback(_retrieve)

    async def ask(self, command: Command) -> Any:
        """The answer to one command. Raises Unavailable, ConnectionLost, ErrorReply, KeyMoved."""
        if not self._opened:
            await asyncio.shield(self._opening)  # a request that is cancelled must not end it
        reply = await self._protocol.exchange(_pack(command.args))
        if type(reply) is bytes:  # the usual one
            return reply
        if isinstance(reply, Exception) and str(reply).startswith("NOSCRIPT"):
            with_text = _pack(command.with_script_text().args)
            reply = await self._protocol.exchange(with_text)
        return answer_of(reply)

    def close(self) -> None:
        self._opening.cancel()
        self._protocol.end(ConnectionLost("closed"))

    async def _open(self, options: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await _connect(self._protocol, options)
                for greeting in _greetings(options):
                    answer_of(await self._protocol.exchange(_pack(greeting)))
        except (OSError, RedisError, Unavailable) as fault:  # TimeoutError is an OSError
            self._protocol.end(ConnectionLost("closed"))
            raise Unavailable(f"can't connect: {str(fault) or 'no answer in time'}") from fault
        except BaseException:
            self._protocol.end(ConnectionLost("closed"))
            raise
        self._opened = True


def _greetings(options: dict[str, Any]) -> list[tuple[Argument, ...]]:
    """What a new connection says first: its password and its database, if the URL names any."""
    said: list[tuple[Argument, ...]] = []
    if options.get("password"):
        user = [options["username"]] if options.get("username") else []
        said.append(("AUTH", *user, options["password"]))
    if options.get("db"):
        said.append(("SELECT", options["db"]))
    return said or [("PING",)]


async def _connect(protocol: Protocol, options: dict[str, Any]) -> None:
    loop = asyncio.get_running_loop()
    if "path" in options:
        await loop.create_unix_connection(lambda: protocol, options["path"])
        return
    host, port = options.get("host", "localhost"), options.get("port", 6379)
    context = None
    if options.get("connection_class") is SSLConnection:
        given = {name: value for name, value in options.items() if name != "connection_class"}
        context = AsyncSSLConnection(**given).ssl_context.get()
    await loop.create_connection(lambda: protocol, host, port, ssl=context)


def _retrieve(opening: asyncio.Future[None]) -> None:
    """The error was raised to the requests that waited; there may be none any more, and asyncio
    would complain."""
    if not opening.cancelled():
        opening.exception()


class Protocol(asyncio.Protocol):
    """Commands out, replies in, in one order. A reply that is too late ends the connection for
    all its requests: which command a later reply belongs to could not be told."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.WriteTransport | None = None
        self._reader = hiredis.Reader()
        self._waiting: deque[tuple[float, asyncio.Future[Any]]] = deque()
        self._out: list[bytes] = []
        self._watched = False
        self._fault: Unavailable | None = None

    def exchange(self, packed: bytes) -> asyncio.Future[Any]:
        """One reply; an error of the server is a result, too."""
        reply: asyncio.Future[Any] = self._loop.create_future()
        if self._fault is not None:
            reply.set_exception(ConnectionLost(str(self._fault)))
            return reply
        if not self._waiting:  # nothing is on its way
            self._loop.call_soon(self._send)
        self._waiting.append((self._loop.time(), reply))
        self._out.append(packed)
        if not self._watched:
            self._watched = True
            self._loop.call_later(_CHECK_S, self._watch)
        return reply

    def end(self, fault: Unavailable) -> None:
        """Close; every request that waits gets `fault`."""
        if self._fault is None:
            self._fault = fault
            if self._transport is not None:
                self._transport.abort()
            for _, reply in self._waiting:
                if not reply.done():
                    reply.set_exception(fault)
            self._waiting.clear()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        if self._fault is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        try:
            while (said := self._reader.gets()) is not False:
                _, reply = self._waiting.popleft()
                if not reply.done():
                    reply.set_result(said)
        except (hiredis.ProtocolError, IndexError) as fault:
            self.end(Unavailable(str(fault)))
        if self._out and len(self._waiting) == len(self._out):
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        self.end(ConnectionLost(str(exc or "the server closed the connection")))

    def _send(self) -> None:
        out, self._out = self._out, []
        if self._transport is not None and self._fault is None:
            self._transport.write(b"".join(out))

    def _watch(self) -> None:
        self._watched = False
        if self._waiting:
            if self._loop.time() - self._waiting[0][0] >= TIMEOUT_S:
                self.end(Unavailable("no answer in time"))
            else:
                self._watched = True
                self._loop.call_later(_CHECK_S, self._watch)
