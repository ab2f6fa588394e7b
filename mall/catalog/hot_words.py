"""The words that many search for, counted in Redis. Without Redis there are none.

A shop day has a counter of its own; the list adds today's to half of yesterday's, so that
a word fades. Only searches that found every word are counted, under the words as the
catalogue has them: nobody can put a text of their own on everybody's screen.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import cast

import structlog

from mall.kernel.clock import shop_day, utc_now
from mall.kernel.redis import RedisError, redis_client

MAX_COUNTED = 500
"""Words kept a day; the least searched make room."""
MAX_LENGTH = 20
SHOWN = 10
_KEEP_S = 3 * 86_400


def count_search(words: list[str]) -> None:
    """Count one search that found something."""
    phrase = _phrase(words)
    if not phrase or len(phrase) > MAX_LENGTH:
        return
    key = _key(shop_day(utc_now()))
    try:
        with redis_client().pipeline(transaction=False) as batch:
            batch.zincrby(key, 1, phrase)
            batch.zremrangebyrank(key, 0, -MAX_COUNTED - 1)
            batch.expire(key, _KEEP_S)
            batch.execute()
    except RedisError as fault:
        structlog.get_logger("mall.catalog").warning("search not counted", error=repr(fault)[:200])


def hot_words(prefix: str = "", limit: int = SHOWN) -> list[str]:
    """The words most searched for lately, the most first."""
    today = shop_day(utc_now())
    weights = {_key(today): 2, _key(today - timedelta(days=1)): 1}
    try:
        ranked = redis_client().zunion(weights, withscores=True)
    except RedisError:
        return []
    pairs = cast("list[tuple[bytes, float]]", ranked)
    names = [word.decode() for word, _ in sorted(pairs, key=lambda p: (-p[1], p[0]))]
    return [name for name in names if name.startswith(prefix)][:limit]


def _phrase(words: list[str]) -> str:
    """The words joined as they are written: Latin ones with a space."""
    phrase = ""
    for word in words:
        gap = " " if phrase and phrase[-1].isascii() and word[0].isascii() else ""
        phrase += gap + word
    return phrase


def _key(day: date) -> str:
    return f"mall:{{hotwords}}:{day.isoformat()}"
