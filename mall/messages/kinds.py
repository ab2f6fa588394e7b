"""The kinds of messages: what for, which template, and what they say.

Which template, and which of its keys holds what, is a setting of each kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from mall.kernel.registry import Registry
from mall.settings import MessageTemplate, Setting


class Purpose(StrEnum):
    """What a message is for. Only marketing has a daily cap, quiet hours and an opt-out."""

    ORDER = "order"
    """News of an order: shipped, refunded."""
    SERVICE = "service"
    """What the shopper asked to be told of, and what concerns the shopper's account."""
    MARKETING = "marketing"
    """What the shop would like the shopper to know."""


_RANKS = {Purpose.MARKETING: 0, Purpose.SERVICE: 100, Purpose.ORDER: 200}
MAX_PRIORITY = 99


@dataclass(frozen=True)
class Content:
    """What a message says: in WeChat by a template, in the mini-program as text.

    `values` (our names → text) fill the template's fields, `page_values` the placeholders of
    its page. `title` and `body` are the Chinese text of the inbox. It is kept for 90 days, so
    it holds no personal data that the shopper needn't read.
    """

    values: Mapping[str, str]
    title: str
    body: str
    page_values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """One kind of message.

    `write(session, ref, user_id)` reads the state at the time of sending; None when there is
    nothing to say any more. `priority` (0 to 99) orders kinds of one purpose. A message is of
    no use later than `good_for` after it was wanted; without one it always is.
    """

    name: str
    purpose: Purpose
    template: Setting[MessageTemplate]
    write: Callable[[Session, str, int], Content | None]
    priority: int = 0
    good_for: timedelta | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.priority <= MAX_PRIORITY:
            raise ValueError(f"{self.name}: priority is 0 to {MAX_PRIORITY}")

    @property
    def is_marketing(self) -> bool:
        return self.purpose is Purpose.MARKETING

    @property
    def rank(self) -> int:
        """The priority among all kinds: news of orders stands above service, then marketing."""
        return _RANKS[self.purpose] + self.priority


KINDS: Registry[Kind] = Registry("message kinds", lambda one: one.name)
"""Features add their own."""


def by_rank() -> list[Kind]:
    """Every kind, the most important first."""
    return sorted(KINDS.items().values(), key=lambda kind: -kind.rank)


def templates() -> dict[str, Kind]:
    """Template id → the most important kind that uses it, of those that are set up."""
    found: dict[str, Kind] = {}
    for kind in by_rank():
        template_id = kind.template.get().template_id
        if template_id:
            found.setdefault(template_id, kind)
    return found


def prompts_kept(kind: Kind, template_id: str) -> int:
    """How many accepted prompts a kind leaves to others that use its template: 0 or 1.

    Marketing leaves the last one to news of orders and to service.
    """
    most_important = templates().get(template_id, kind)
    return 1 if kind.is_marketing and not most_important.is_marketing else 0
