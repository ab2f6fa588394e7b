"""How triggers hear their events, and how a feature declares one."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from mall.kernel.events import Event
from mall.kernel.features import Mall
from mall.missions.board.counting import count_all
from mall.missions.board.in_use import is_used
from mall.missions.board.locking import lock_missions_of
from mall.missions.board.triggers import TRIGGERS, Trigger
from mall.users.errors import AccountClosed


def add_trigger(mall: Mall, trigger: Trigger) -> None:
    """Declare a trigger, and let it hear its events.

    What may go again is always heard: a mission that is paused or over still follows it.
    """
    mall.add(TRIGGERS, trigger)
    is_wanted = None if trigger.revocable else is_used(trigger.name)
    for event in trigger.events:
        name = f"missions.{trigger.name}:{event.name}"
        mall.on(event, name, _hear(trigger), is_wanted=is_wanted)


def _hear(trigger: Trigger) -> Callable[[Session, Event], None]:
    def count_on_event(session: Session, event: Event) -> None:
        user_id = trigger.shopper(session, event)
        if user_id is None:
            return
        try:
            missions = lock_missions_of(session, user_id)
        except AccountClosed:
            return
        if missions.by_trigger.get(trigger.name):
            count_all(session, user_id, trigger, missions, trigger.facts(session, event))

    return count_on_event
