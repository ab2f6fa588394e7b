"""Closing an account for good: what hinders it, and the one transaction that does it.

The shopper's row is locked for it. Whoever makes something for a shopper that hinders closing
(an order) locks the same row for share and looks at `closed_at`, so that of the two at the same
moment one is refused. What other features keep of the shopper is erased by a job at once
(see `erasing`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.jobs import defer
from mall.kernel.registry import Registry
from mall.users import returning, sessions
from mall.users.erasing import ERASE_JOB
from mall.users.errors import AccountInUse
from mall.users.models import User

AGAIN_AFTER = timedelta(minutes=10)
"""When everything is erased once more: by then no request of before the closing is under way."""


@dataclass(frozen=True)
class ClosingCheck:
    """Something that hinders closing. `find(session, user_id)` says what, in Chinese, or None."""

    name: str
    find: Callable[[Session, int], str | None]


CLOSING_CHECKS: Registry[ClosingCheck] = Registry("closing checks", lambda check: check.name)


@dataclass(frozen=True)
class ClosingLoss:
    """Something that the shopper loses by closing. `find(session, user_id)` says what and how
    much, in Chinese, or None."""

    name: str
    find: Callable[[Session, int], str | None]


CLOSING_LOSSES: Registry[ClosingLoss] = Registry("closing losses", lambda loss: loss.name)


@dataclass(frozen=True)
class Loss:
    """What of a shopper's is lost with the account. `message` is Chinese."""

    name: str
    message: str


@dataclass(frozen=True)
class Hindrance:
    """Why an account can't be closed now. `message` is Chinese."""

    name: str
    message: str


def hindrances(session: Session, user_id: int) -> list[Hindrance]:
    """All that hinders closing; nothing when it may be closed."""
    found = (
        (check.name, check.find(session, user_id)) for check in CLOSING_CHECKS.items().values()
    )
    return [Hindrance(name, message) for name, message in found if message is not None]


def losses(session: Session, user_id: int) -> list[Loss]:
    """All that the shopper would lose now."""
    found = ((loss.name, loss.find(session, user_id)) for loss in CLOSING_LOSSES.items().values())
    return [Loss(name, message) for name, message in found if message is not None]


def close_account(user_id: int) -> None:
    """Close it: personal data and logins are gone, the same WeChat may register anew.

    Repeating it changes nothing. Raises AccountInUse, with the reasons, while money or parcels
    are under way.
    """
    with transaction() as session:
        closed_at = session.scalar(
            select(User.closed_at).where(User.id == user_id).with_for_update()
        )
        if closed_at is not None:
            return
        found = hindrances(session, user_id)
        if found:
            raise AccountInUse("；".join(one.message for one in found))
        returning.remember(session, user_id)
        now = func.clock_timestamp()
        session.execute(
            update(User)
            .where(User.id == user_id)
            .values(**dict.fromkeys(PERSONAL, None), closed_at=now, erase_due_at=now + AGAIN_AFTER)
        )
        sessions.revoke_all(session, user_id)
        defer(session, ERASE_JOB, user_id=user_id)


PERSONAL = (
    *("openid", "unionid", "nickname", "avatar_url", "phone_sealed", "phone_index"),
    *("first_touch", "risk_rank", "risk_asked_at", "bought_before_until"),
)
"""The columns of a shopper that are empty once the account is closed; the table checks it."""
