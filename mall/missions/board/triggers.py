"""What missions count: triggers. A feature adds its own by `hearing.add_trigger`.

A trigger turns an event into facts of one shopper. A fact says how things stand *now*: the
trigger reads the state anew and the engine keeps what is different from before, so an event
may come twice, late, or in any order, and a refund needs no path of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from marshmallow.fields import Field
from sqlalchemy.orm import Session

from mall.kernel.events import Event
from mall.kernel.registry import Registry

SUM, DAYS, STREAK = "sum", "days", "streak"
"""How worths become progress: added up; on how many shop days; on how many in a row."""
COUNTINGS = (SUM, DAYS, STREAK)


@dataclass(frozen=True, slots=True)
class Goods:
    """Units of one SKU in a fact, and what they were paid with. `category_ids` are its category
    and those above."""

    sku_id: int
    spu_id: int
    brand_id: int | None
    category_ids: frozenset[int]
    units: int
    fen: int = 0


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a shopper did, as it stands now.

    `key` names it: what is told again under the same key isn't counted again. `at` is when it
    happened, and decides the period. `amount` is in the trigger's own unit (0: it stands no more);
    with `goods` it is their units. One that isn't `firm` may still go: rewards wait for it.
    `adds` is what the fact itself added to the shopper's figures, since an audience is judged
    without it. `details` are for filters of the trigger's own.
    """

    key: str
    at: datetime
    amount: int = 1
    goods: tuple[Goods, ...] | None = None
    firm: bool = True
    adds: Mapping[str, int] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def units(self) -> int:
        """Its amount, or the units of its goods."""
        return self.amount if self.goods is None else sum(one.units for one in self.goods)

    @property
    def fen(self) -> int:
        """What its goods were paid with."""
        return sum(one.fen for one in self.goods or ())


@dataclass(frozen=True, slots=True)
class Measure:
    """What of a fact counts. `hint` says what is missing ("再下 {left} 单"), with `shown(left)`."""

    name: str
    label: str
    hint: str
    worth: Callable[[Fact], int]
    counting: str = SUM
    shown: Callable[[int], str] = str


def once(fact: Fact) -> int:
    """The worth of a measure that counts facts: 1 while it stands."""
    return int(fact.units > 0)


def units(fact: Fact) -> int:
    """The worth of a measure that counts units, seconds, or whatever the amount is."""
    return fact.units


def fen(fact: Fact) -> int:
    """The worth of a measure that counts what goods were paid with."""
    return fact.fen


def own_shopper(_session: Session, event: Any) -> int:
    """Whose missions an event brings on that names its shopper as `user_id`."""
    return int(event.user_id)


Narrow = Callable[[Fact], Fact | None]
"""What is left of a fact under a filter; None for nothing."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition that staff may set. `field` is how they write it, `read` makes it a function,
    once for each version of a mission; `check` refuses what names things that there aren't."""

    name: str
    label: str
    field: Callable[[], Field[Any]]
    read: Callable[[Any], Narrow]
    check: Callable[[Session, Any], None] = lambda _session, _value: None


@dataclass(frozen=True, slots=True)
class Trigger:
    """A kind of fact that missions can count.

    `shopper(session, event)` says whose missions go on, or None. Then that shopper's missions are
    locked, and `facts(session, event)` reads what stands now. `ground` is how compliance sees
    it (`mall/compliance/campaigns.py`). `revocable` facts may go again, such as an order that is
    refunded. A fact of one that `only_grows` keeps its highest worth. `look(session, user_id)`
    is for what stands without an event: asked when a shopper looks at or claims a mission.
    """

    name: str
    label: str
    ground: str
    events: tuple[type[Event], ...]
    shopper: Callable[[Session, Any], int | None]
    facts: Callable[[Session, Any], Iterable[Fact]]
    measures: tuple[Measure, ...]
    filters: tuple[Filter, ...] = ()
    revocable: bool = False
    only_grows: bool = False
    look: Callable[[Session, int], Iterable[Fact]] | None = None

    def measure(self, name: str) -> Measure | None:
        """The measure with this name."""
        return next((one for one in self.measures if one.name == name), None)

    def filter(self, name: str) -> Filter | None:
        """The filter with this name."""
        return next((one for one in self.filters if one.name == name), None)


TRIGGERS: Registry[Trigger] = Registry("mission triggers", lambda one: one.name)
