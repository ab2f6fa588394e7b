"""The access token: one fetch for all, and what happens without Redis or with a bad one."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from structlog.testing import capture_logs

from mall.wechat.errors import WechatUnavailable
from mall.wechat.tokens import FetchedToken, TokenSource


class Desk:
    """Gives numbered tokens, slowly, and counts how often it was asked."""

    def __init__(self, *, delay_s: float = 0.0, expires_in_s: int = 7200) -> None:
        self.asked = 0
        self.delay_s = delay_s
        self.expires_in_s = expires_in_s
        self.broken = False

    def __call__(self) -> FetchedToken:
        self.asked += 1
        number = self.asked
        time.sleep(self.delay_s)
        if self.broken:
            raise WechatUnavailable("closed")
        return FetchedToken(f"token-{number}", self.expires_in_s)


def source(desk: Desk, redis: Redis, appid: str = "wx1") -> TokenSource:
    return TokenSource(appid=appid, fetch=desk, client=redis, fetch_limit_s=3.0)


def at_once(count: int, call: Callable[[], str]) -> list[str]:
    barrier = threading.Barrier(count)
    results: list[str] = []

    def run() -> None:
        barrier.wait()
        results.append(call())

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    return results


def test_twenty_threads_of_several_processes_make_one_fetch(redis: Redis) -> None:
    desk = Desk(delay_s=0.3)
    sources = itertools.cycle([source(desk, redis) for _ in range(4)])
    assert at_once(20, lambda: next(sources).get()) == ["token-1"] * 20
    assert desk.asked == 1


def test_without_the_lock_there_would_be_many() -> None:
    """The control: the same twenty on a desk without a source in front of it."""
    desk = Desk(delay_s=0.3)
    at_once(20, lambda: desk().token)
    assert desk.asked == 20


@pytest.mark.parametrize(("expires_in_s", "kept_s"), [(7200, 6900), (300, 60), (0, 60)])
def test_it_is_kept_short_of_its_end(redis: Redis, expires_in_s: int, kept_s: int) -> None:
    source(Desk(expires_in_s=expires_in_s), redis).get()
    key = next(key for key in redis.keys("*token") if b"wx1" in key)
    assert kept_s - 5 <= redis.ttl(key) <= kept_s


def test_every_appid_has_its_own(redis: Redis) -> None:
    desk = Desk()
    assert source(desk, redis, "wx1").get() != source(desk, redis, "wx2").get()


def test_a_bad_token_is_replaced_once_for_all(redis: Redis) -> None:
    desk = Desk(delay_s=0.1)
    sources = [source(desk, redis) for _ in range(2)]
    bad = sources[0].get()
    renewed = at_once(10, lambda: sources[0].replace(bad))
    assert set(renewed) == {"token-2"}
    # Late news about the old one mustn't drop the new one.
    assert sources[1].replace(bad) == "token-2"
    assert desk.asked == 2


def test_a_failed_fetch_leaves_no_lock(redis: Redis) -> None:
    desk = Desk()
    tokens = source(desk, redis)
    desk.broken = True
    with pytest.raises(WechatUnavailable):
        tokens.get()
    desk.broken = False
    assert tokens.get() == "token-2"
    assert redis.keys("*lock") == []


def test_a_dead_holders_lock_is_waited_for_but_not_for_ever(redis: Redis) -> None:
    redis.set("mall:wechat:{wx1}:token-lock", "dead", px=60_000)
    tokens = TokenSource(appid="wx1", fetch=Desk(), client=redis, fetch_limit_s=0.2)
    with pytest.raises(WechatUnavailable):
        tokens.get()
    redis.pexpire("mall:wechat:{wx1}:token-lock", 50)
    assert tokens.get() == "token-1"


def test_without_redis_each_process_keeps_its_own_for_a_while() -> None:
    gone: Redis = Redis(unix_socket_path="/nonexistent/redis.sock", retry=Retry(NoBackoff(), 0))
    desk = Desk(delay_s=0.1)
    tokens = source(desk, gone)
    with capture_logs() as logs:
        assert set(at_once(10, tokens.get)) == {"token-1"}
    assert [one["event"] for one in logs] == ["access token isn't shared: no Redis"]
    assert tokens.replace("token-1") == "token-2"
    assert tokens.replace("token-1") == "token-2"
    assert desk.asked == 2


def test_a_client_that_decodes_works_as_well(redis: Redis) -> None:
    path = redis.connection_pool.connection_kwargs["path"]
    decoding: Redis = Redis(unix_socket_path=path, decode_responses=True)
    desk = Desk()
    assert source(desk, redis).get() == source(desk, decoding).get() == "token-1"
