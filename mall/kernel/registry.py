"""Registries: named lists that features add to. What was added belongs to one app.

A registry is a constant of the module that asks it (`orders.participants.PARTICIPANTS`); its
items are kept by the `Mall` of each app, so two apps in one process share nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar, cast

from flask import Flask, current_app

Item = TypeVar("Item")
EXTENSION = "mall.declared"


class Registry(Generic[Item]):
    """Items of one kind, by name, in the order in which the features added them.

    `key` gives the name of an item: stable, and unique in the registry.
    """

    def __init__(self, name: str, key: Callable[[Item], str]) -> None:
        self.name, self.key = name, key

    def items(self, app: Flask | None = None) -> Mapping[str, Item]:
        """What the features of `app` (by default the current one) added, by name."""
        declared: Mapping[Registry[Any], Mapping[str, Any]] = (
            current_app if app is None else app
        ).extensions[EXTENSION]
        return cast("Mapping[str, Item]", declared.get(self, {}))

    def get(self, name: str) -> Item | None:
        """The item of the current app with this name; None when no feature added one."""
        return self.items().get(name)

    def __getitem__(self, name: str) -> Item:
        """The item of the current app with this name. Raises KeyError."""
        return self.items()[name]

    def only(self) -> Item:
        """The one item of the current app. Raises RuntimeError when there isn't exactly one."""
        found = list(self.items().values())
        if len(found) != 1:
            raise RuntimeError(f"{self.name}: {len(found)} declared, one is needed")
        return found[0]

    def __repr__(self) -> str:
        return f"Registry({self.name!r})"
