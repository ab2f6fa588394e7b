"""A small shop with somebody's things in it, for input that must change nothing."""

from __future__ import annotations

import pytest
from flask import Flask
from redis import Redis

from tests.bad_input.world import World, a_world


@pytest.fixture
def world(app: Flask, redis: Redis) -> World:
    return a_world(app, redis)
