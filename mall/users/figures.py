"""What other features know of shoppers, for the staff's list: figures and conditions.

Users stands below orders, so it can't count them itself: a feature adds its figures here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import Session

from mall.kernel.registry import Registry

Figures = Mapping[str, int]
"""Whole numbers by name (`{"paid_orders": 3, "paid_fen": 12900}`)."""
Risen = Callable[[datetime], Select[Any]]
"""The ids of at least those shoppers of whom a figure rose since then, by an index over time.

A row counts by when it was written, however old what it tells of is. NULL among them is nobody.
"""


@dataclass(frozen=True)
class ShopperFigures:
    """One feature's figures. Their names, and those of the conditions, are unique in the shop.

    `find(session, user_ids)` gives the figures of a page of shoppers in one read; who is left out
    has zeros. `names` are all of them. `conditions` narrow the list: each a column expression
    over `users.id` that an index answers. `without_buying` are the figures that somebody who never
    buys can raise, too. `risen` are those of which is known since when they rose, and of whom.
    """

    name: str
    names: tuple[str, ...]
    find: Callable[[Session, Collection[int]], Mapping[int, Figures]]
    conditions: Mapping[str, ColumnElement[bool]] = field(default_factory=dict)
    without_buying: frozenset[str] = frozenset()
    risen: Mapping[str, Risen] = field(default_factory=dict)


SHOPPER_FIGURES: Registry[ShopperFigures] = Registry("shopper figures", lambda one: one.name)


def figures_of(session: Session, user_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """All features' figures of these shoppers."""
    found: dict[int, dict[str, int]] = {user_id: {} for user_id in user_ids}
    for one in SHOPPER_FIGURES.items().values():
        known = one.find(session, user_ids) if user_ids else {}
        for user_id, figures in found.items():
            figures.update(dict.fromkeys(one.names, 0), **known.get(user_id, {}))
    return found


def figure_names() -> list[str]:
    """The names of all figures that the features know."""
    return [name for one in SHOPPER_FIGURES.items().values() for name in one.names]


def takes_buying(name: str) -> bool:
    """Whether only who buys can raise the figure; said of it unless its feature knows better."""
    return not any(name in one.without_buying for one in SHOPPER_FIGURES.items().values())


def risen(session: Session, names: Collection[str], since: datetime) -> set[int] | None:
    """At least those shoppers of whom one of these figures rose since then; None where a feature
    doesn't know that of its figure. A figure that no feature has doesn't rise."""
    known = {
        name: one.risen.get(name)
        for one in SHOPPER_FIGURES.items().values()
        for name in one.names
        if name in names
    }
    asked = {find for find in known.values() if find is not None}
    if None in known.values():
        return None
    found = (user_id for find in asked for user_id in session.scalars(find(since)))
    return {user_id for user_id in found if user_id is not None}


def condition(name: str) -> ColumnElement[bool] | None:
    """The condition with this name; None when no feature has it."""
    for one in SHOPPER_FIGURES.items().values():
        if name in one.conditions:
            return one.conditions[name]
    return None
