"""Something more that a feature declares, in the app of the tests for a while."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

from flask import Flask, current_app

from mall.kernel.features import Feature, Mall
from mall.kernel.registry import EXTENSION, Registry

Install = Callable[[Mall], None]


def feature(install: Install) -> Feature:
    """A feature of one function, as a `feature.py` is one."""
    return cast("Feature", SimpleNamespace(install=install))


@contextmanager
def installed(install: Install, app: Flask | None = None) -> Iterator[None]:
    """What `install` adds to registries is there inside the block, over what has its name.

    Routes and set-up are for an app of one's own: `create_app(…, features=…)`.
    """
    target = app or cast("Flask", current_app._get_current_object())  # type: ignore[attr-defined]
    more = Mall([feature(install)])
    known: dict[Registry[Any], dict[str, Any]] = target.extensions[EXTENSION]
    merged = {
        registry: {**known.get(registry, {}), **more.items(registry)}
        for registry in {*known, *more.registries()}
    }
    with patch.dict(target.extensions, {EXTENSION: merged}):
        yield


@contextmanager
def without(registry: Registry[Any]) -> Iterator[None]:
    """Nothing is declared in a registry of the current app inside the block."""
    known = current_app.extensions[EXTENSION]
    with patch.dict(current_app.extensions, {EXTENSION: {**known, registry: {}}}):
        yield
