"""Boards of a toy kind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.support.boards import toy_boards


@pytest.fixture
def toys(app: Flask) -> Iterator[None]:
    """A kind whose members are shoppers."""
    with toy_boards(app):
        yield
