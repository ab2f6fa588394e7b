"""What can be asked for: features declare their kinds of approvals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from mall.kernel.registry import Registry

Payload = Mapping[str, Any]
"""What carrying a request out needs, as JSON. No personal data: staff and the trail show it."""


@dataclass(frozen=True)
class Approved:
    """A request that has just been approved. `requested_by` is a username, None for the system."""

    approval_id: int
    ref: str
    payload: Payload
    reason: str
    requested_by: str | None


def _no_lock(_session: Session, _ref: str) -> None:
    """Nothing to lock."""


@dataclass(frozen=True)
class ApprovalKind:
    """One kind of request: `name` ("feature.thing") stays, `label` is Chinese.

    Whoever decides holds `permission`. `execute` carries an approved request out in the
    transaction of the decision, and returns what came of it (a number to look up) or None; the
    acting staff member there is the one who approved. What `execute` refuses, a MallError, undoes
    the decision: the request stays open. `describe` says in Chinese what is asked for.

    `lock` locks what `execute` changes first (the order). Whoever asks for an approval under
    such a lock needs it, else asking and deciding could wait for each other.
    """

    name: str
    label: str
    permission: str
    execute: Callable[[Session, Approved], str | None]
    describe: Callable[[Payload], str]
    lock: Callable[[Session, str], object] = _no_lock


CARRYING_OUT = "approvals.carrying_out"
"""Hook of error codes (`mall.fails`): what kinds refuse in `lock` and `execute`."""
APPROVAL_KINDS: Registry[ApprovalKind] = Registry("approval kinds", lambda kind: kind.name)
