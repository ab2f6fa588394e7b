"""Who acts on which message push. Features declare it; the route and the job ask it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from mall.kernel.registry import Registry


@dataclass(frozen=True)
class PushHandler:
    """Acts on each push of an `Event` of WeChat, once.

    `handle` gets the fields of a verified push, in the transaction that marks it as handled.
    It never calls WeChat.
    """

    event: str
    handle: Callable[[Session, Mapping[str, Any]], None]


PUSH_HANDLERS: Registry[PushHandler] = Registry("push handlers", lambda one: one.event)
