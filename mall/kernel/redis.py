"""Redis: limits and caches, never the only copy. Time-outs are short; nothing retries for long."""

from __future__ import annotations

from typing import cast

import redis
from flask import Flask, current_app
from redis.backoff import NoBackoff
from redis.retry import Retry

from mall.config import Config

RedisClient = redis.Redis
RedisError = redis.RedisError
EXTENSION = "mall.redis"


def connect(redis_url: str) -> RedisClient:
    """A client that fails fast on a dead connection: one second, one retry.

    redis-py 8 would go on retrying a dead connection for four seconds by default.
    """
    return redis.Redis.from_url(
        redis_url,
        socket_timeout=1.0,
        socket_connect_timeout=1.0,
        retry=Retry(NoBackoff(), 1),
        health_check_interval=30,
    )


def init_redis(app: Flask, config: Config) -> RedisClient:
    """Give the app its one client, which all its parts share."""
    client = app.extensions[EXTENSION] = connect(config.redis_url)
    return client


def redis_client() -> RedisClient:
    """The app's client; it connects at the first command."""
    return cast(RedisClient, current_app.extensions[EXTENSION])
