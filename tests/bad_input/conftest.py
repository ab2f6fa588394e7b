"""A small shop with somebody's things in it, for input that must change nothing."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.bad_input.world import World, make_world


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)
