"""Who acts on which message push. Filled by wiring; the route and the job ask it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

PushHandler = Callable[[Session, Mapping[str, Any]], None]
"""Acts on the fields of one verified push, in the transaction that marks it as handled."""

_handlers: dict[str, PushHandler] = {}


def on(event: str, handler: PushHandler) -> None:
    """Let `handler` act on each push of this `Event`, once. A handler never calls WeChat."""
    _handlers[event] = handler


def handler_of(event: str) -> PushHandler | None:
    """The handler of an event; None for one that the mall has no use for."""
    return _handlers.get(event)
