"""A crowd at a flash sale: shoppers by the thousand, and attempts over kept-open sockets."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import text

from mall.config import current_config
from mall.flashsale.purchase.tokens import TokenKeys
from mall.kernel.db import transaction
from mall.users.contacts import Contact
from tests.conftest import ROOT
from tests.support.deployed import command_of_unit
from tests.support.flash_purchases import DEVICE
from tests.support.orders import Buyer
from tests.support.users import WEST_LAKE, make_regions

_CROWD = """
WITH made AS (
    INSERT INTO users (appid, openid)
    SELECT :appid, 'crowd-' || gen_random_uuid() FROM generate_series(1, :count) RETURNING id
), logins AS (
    INSERT INTO user_tokens (user_id, token_hash, expires_at)
    SELECT id, decode(md5(id || 'login'), 'hex'), now() + interval '1 day' FROM made
)
INSERT INTO addresses (user_id, region_code, region_names, contact_sealed)
SELECT id, :region, '浙江省 杭州市 西湖区', :contact FROM made
RETURNING user_id, id
"""


def crowd(count: int) -> list[Buyer]:
    """So many shoppers who are logged in and have an address; their tokens aren't told."""
    make_regions()
    values = {
        "appid": current_config().wechat_appid,
        "count": count,
        "region": WEST_LAKE,
        "contact": Contact("张三", "13812345678", "文三路 1 号").seal(),
    }
    with transaction() as session:
        rows = session.execute(text(_CROWD), values).all()
    return [Buyer(row.user_id, "", row.id) for row in rows]


@dataclass(frozen=True)
class Told:
    """An answer: its status, and the ticket or the refusal's code. No status: no answer."""

    buyer: Buyer
    units: int
    status: int
    said: str


class Purchaser:
    """One keep-alive connection to a web."""

    def __init__(self, url: str, session_id: int, keys: TokenKeys) -> None:
        where = urlsplit(url)
        self._address = (where.hostname or "", where.port or 80)
        self._session_id, self._keys = session_id, keys
        self._socket: socket.socket | None = None

    def attempt(self, item_id: int, buyer: Buyer, units: int, key: str) -> Told:
        """POST a purchase with the shopper's own token. A cut connection is an answer too."""
        try:
            status, body = self._ask(self._request(item_id, buyer, units, key))
        except OSError:
            self.close()
            return Told(buyer, units, 0, "")
        found: dict[str, Any] = json.loads(body)
        said = found["ticket"] if status == 202 else found["error"]["code"]
        return Told(buyer, units, status, str(said))

    def _request(self, item_id: int, buyer: Buyer, units: int, key: str) -> bytes:
        text_ = self._keys.sign(
            user_id=buyer.user_id,
            session_id=self._session_id,
            device=DEVICE,
            new_customer=True,
            expires=int(time.time()) + 600,
        )
        body = f'{{"units":{units},"address_id":"{buyer.address_id}"}}'
        return (
            f"POST /api/v1/flash-items/{item_id}/purchases HTTP/1.1\r\nHost: mall\r\n"
            f"Flash-Pass: {text_}\r\nFlash-Device: {DEVICE}\r\nIdempotency-Key: {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    def _ask(self, request: bytes) -> tuple[int, bytes]:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, timeout=30)
        self._socket.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._more()
        head, _, body = answer.partition(b"\r\n\r\n")
        length = next(
            int(line.partition(b":")[2])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        )
        while len(body) < length:
            body += self._more()
        if b"connection: close" in head.lower():
            self.close()
        return int(head.split(b" ", 2)[1]), body

    def _more(self) -> bytes:
        assert self._socket is not None
        more = self._socket.recv(65536)
        if not more:
            raise ConnectionError
        return more

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None


Attempt = tuple[Buyer, int, str]
"""Who attempts, how many units, with which key."""


def attempt_all(
    url: str, session_id: int, item_id: int, attempts: Sequence[Attempt], connections: int = 32
) -> list[Told]:
    """All attempts over so many connections at once; every answer."""
    keys = TokenKeys.of(current_config())
    told: list[list[Told]] = [[] for _ in range(connections)]
    barrier = threading.Barrier(connections)

    def run(number: int) -> None:
        purchaser = Purchaser(url, session_id, keys)
        barrier.wait(30)
        for buyer, units, key in attempts[number::connections]:
            told[number].append(purchaser.attempt(item_id, buyer, units, key))
        purchaser.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [one for of_connection in told for one in of_connection]


@contextmanager
def flash_worker(environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`mall flash-worker` in a process of its own until the block ends."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command_of_unit("flash-worker"),
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        process.wait(10)
