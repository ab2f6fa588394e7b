"""What events say, for tests of those who publish them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from mall.kernel.events import Event
from mall.kernel.features import Mall
from tests.support.features import installed


@contextmanager
def heard(*kinds: type[Event]) -> Iterator[list[Event]]:
    """The events of these kinds that are delivered by jobs inside the block, in their order."""
    events: list[Event] = []

    def keep(_session: Session, event: Event) -> None:
        events.append(event)

    def install(mall: Mall) -> None:
        for kind in kinds:
            mall.on(kind, f"test.heard.{kind.name}", keep)

    with installed(install):
        yield events
