"""What a feature's `install(mall)` talks to.

Each feature folder has a `feature.py` with one function, `install(mall)`, which declares all
that the feature brings. Declaring needs neither a Flask app nor a database: the CLI lists its
commands from it, `create_app` builds the app from it. This module knows no feature.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol, TypeVar

import click
from flask import Blueprint, Flask
from prometheus_client.metrics import MetricWrapperBase as Metric
from rich.console import Console

from mall.config import Config
from mall.kernel.events import HANDLERS, Event, Subscription
from mall.kernel.http.access import PERMISSIONS, Permission
from mall.kernel.http.api import Blueprint as ApiBlueprint
from mall.kernel.http.api import MallApi
from mall.kernel.invariants import ATTENTION, INVARIANTS, AttentionList, Invariant
from mall.kernel.jobs import JOBS, Job
from mall.kernel.registry import EXTENSION, Registry

Item = TypeVar("Item")
EventType = TypeVar("EventType", bound=Event)
Setup = Callable[[Flask, Config], object]
"""Prepares one part of an app. It opens no connection."""


class Feature(Protocol):
    """A `feature.py` module."""

    def install(self, mall: Mall, /) -> None:
        """Declare all that the feature brings."""
        ...


@dataclass(frozen=True)
class DemoStep:
    """A part of the demo shop. `load` is safe to repeat and says on the console what it did."""

    name: str
    load: Callable[[Console], None]


COMMANDS: Registry[click.Command] = Registry("commands", lambda command: str(command.name))
"""Commands of `mall …`."""
METRICS: Registry[Metric] = Registry("metrics", lambda metric: next(iter(metric.describe())).name)
"""What the processes tell Prometheus."""
DEMO: Registry[DemoStep] = Registry("demo", lambda step: step.name)
"""Steps of `mall demo load`, in the order of the features."""


class Mall:
    """Everything that the installed features declared."""

    def __init__(self, features: Iterable[Feature] = ()) -> None:
        self._declared: dict[Registry[Any], dict[str, Any]] = {}
        self._blueprints: list[Blueprint] = []
        self._setups: list[Setup] = []
        self._codes: dict[str, list[str]] = {}
        for feature in features:
            feature.install(self)

    def add(self, registry: Registry[Item], *items: Item) -> None:
        """Add items to a registry. Raises RuntimeError for a name that is taken."""
        known = self._declared.setdefault(registry, {})
        for item in items:
            name = registry.key(item)
            if name in known:
                raise RuntimeError(f"{registry.name}: two features declare {name!r}")
            known[name] = item

    def blueprints(self, *blueprints: Blueprint) -> None:
        """Routes. Those of an `ApiBlueprint` stand in the OpenAPI document."""
        self._blueprints += blueprints

    def jobs(self, *modules: ModuleType) -> None:
        """Every job that stands in these modules under `@job(…)`."""
        for module in modules:
            found = [value for value in vars(module).values() if isinstance(value, Job)]
            self.add(JOBS, *(one for one in found if one.module == module.__name__))

    def on(
        self,
        event: type[EventType],
        name: str,
        handle: Callable[[Any, EventType], None],
        *,
        is_wanted: Callable[[], bool] | None = None,
    ) -> None:
        """Let `handle(session, event)` act on each such event, once.

        `name` is the handler's identity in the delivery rows: it stays when code moves.
        `is_wanted` spares an event that costs more than it is worth: while no handler wants it,
        it isn't put down.
        """
        self.add(HANDLERS, Subscription(name, event, handle, is_wanted))

    def permissions(self, labels: Mapping[str, str]) -> None:
        """Permissions of staff (`resource:action`), each with its Chinese label."""
        self.add(PERMISSIONS, *(Permission(name, label) for name, label in labels.items()))

    def invariants(self, *invariants: Invariant) -> None:
        """What must always hold of the feature's tables."""
        self.add(INVARIANTS, *invariants)

    def attention(self, *lists: AttentionList) -> None:
        """Lists of what isn't broken but needs somebody."""
        self.add(ATTENTION, *lists)

    def commands(self, *commands: click.Command) -> None:
        """Commands of `mall …`."""
        self.add(COMMANDS, *commands)

    def metrics(self, *modules: ModuleType) -> None:
        """Every metric that stands in these modules. docs/metrics.md shows them all."""
        for module in modules:
            found = [value for value in vars(module).values() if isinstance(value, Metric)]
            self.add(METRICS, *found)

    def demo(self, name: str, load: Callable[[Console], None]) -> None:
        """A step of `mall demo load`."""
        self.add(DEMO, DemoStep(name, load))

    def fails(self, hook: str, *codes: str) -> None:
        """Error codes that the feature adds to every operation that names this hook
        (`@blp.fails(…, hooks=…)`), because the feature may refuse there."""
        self._codes.setdefault(hook, []).extend(codes)

    def setup(self, *setups: Setup) -> None:
        """Called as `setup(app, config)` while an app is made."""
        self._setups += setups

    def items(self, registry: Registry[Item]) -> Mapping[str, Item]:
        """What was added to a registry, by name."""
        return self._declared.get(registry, {})

    def registries(self) -> Iterable[Registry[Any]]:
        """Those to which something was added."""
        return self._declared.keys()

    def build(self, app: Flask, api: MallApi, config: Config) -> None:
        """Give `app` all that was declared."""
        app.extensions[EXTENSION] = self._declared
        for setup in self._setups:
            setup(app, config)
        api.codes_of_hooks = self._codes
        for blueprint in self._blueprints:
            if isinstance(blueprint, ApiBlueprint):
                api.register_blueprint(blueprint)
            else:
                app.register_blueprint(blueprint)
        unknown = sorted(self._codes.keys() - api.hooks)
        if unknown:
            raise RuntimeError(f"error codes for hooks that no operation names: {unknown}")
