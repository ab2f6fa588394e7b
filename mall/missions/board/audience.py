"""For whom a mission is: bounds on the figures that features know of shoppers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from mall.users.figures import figures_of


@dataclass(frozen=True, slots=True)
class Bound:
    """A figure lies between these, both allowed; None is without a bound."""

    figure: str
    at_least: int | None
    at_most: int | None

    def has(self, value: int) -> bool:
        return (self.at_least is None or value >= self.at_least) and (
            self.at_most is None or value <= self.at_most
        )


Audience = tuple[Bound, ...]
"""All of these are true of the shopper. Empty is everybody."""
Figures = Callable[[], Mapping[str, int]]
"""A shopper's figures, read when they are first asked for."""


def read_audience(stored: Iterable[Mapping[str, Any]]) -> Audience:
    """An audience from its JSON."""
    return tuple(Bound(one["figure"], one["at_least"], one["at_most"]) for one in stored)


def figures_reader(session: Session, user_id: int, less: Mapping[str, int]) -> Figures:
    """The shopper's figures as they were without `less`, what a fact itself added to them."""
    known: dict[str, int] = {}

    def read() -> Mapping[str, int]:
        if not known:
            known.update(figures_of(session, [user_id])[user_id])
            for name, value in less.items():
                known[name] = known.get(name, 0) - value
        return known

    return read


def is_in(audience: Audience, figures: Figures) -> bool:
    """Whether a shopper belongs to it. A figure that no feature has any more is nobody's."""
    return not audience or all(
        one.figure in figures() and one.has(figures()[one.figure]) for one in audience
    )
