"""Customers who close the account and come back: known as customers for a while, if agreed.

Whoever closes is forgotten at once, unless something else was agreed (电子商务法第二十四条).
A keyed hash of the openid is still personal data, without a name but not anonymous
(个人信息保护法第七十三条): the same WeChat meets it again. So nothing is kept by default.
A shop whose privacy terms say so may set `users.returning_days`: then the hash of who had
bought stays so long, for nothing else than that offers to new customers aren't given twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.registry import Registry
from mall.kernel.sealed import sealer
from mall.users.models import ClosedCustomer, User
from mall.users.settings import RETURNING_DAYS

IDENTITY = "user.identity"
"""What the hash of an identity is for."""


@dataclass(frozen=True)
class CustomerCheck:
    """Whether a shopper is a customer already: `find(session, user_id)`."""

    name: str
    find: Callable[[Session, int], bool]


CUSTOMER_CHECKS: Registry[CustomerCheck] = Registry("customer checks", lambda one: one.name)


def remember(session: Session, user_id: int) -> None:
    """Before a locked account is emptied: keep the hash of who had bought, if the shop does that.

    Of who came back and bought nothing, no longer than was left of the time before.
    """
    days = RETURNING_DAYS.get()
    if not days:
        return
    row = session.execute(
        select(
            User.appid,
            User.openid,
            User.bought_before_until,
            (User.bought_before_until > func.now()).label("came_back"),
        ).where(User.id == user_id)
    ).one()
    if row.openid is None:
        return
    closed_at: ColumnElement[object] = func.clock_timestamp()
    if not any(check.find(session, user_id) for check in CUSTOMER_CHECKS.items().values()):
        if not row.came_back:
            return
        closed_at = literal(row.bought_before_until) - _interval(days)
    mark = insert(ClosedCustomer).values(
        identity=_identity(row.appid, row.openid),
        closed_at=closed_at,
        until=closed_at + _interval(days),
    )
    session.execute(
        mark.on_conflict_do_update(
            index_elements=["identity"],
            set_={
                "closed_at": func.greatest(ClosedCustomer.closed_at, mark.excluded.closed_at),
                "until": func.greatest(ClosedCustomer.until, mark.excluded.until),
            },
        )
    )


def recognise(session: Session, user_id: int, appid: str, openid: str) -> None:
    """A new shopper who had bought under a closed account is no new customer for a while.

    The mark goes over to the new account.
    """
    days = RETURNING_DAYS.get()
    if not days:
        return
    until = session.scalar(
        delete(ClosedCustomer)
        .where(ClosedCustomer.identity == _identity(appid, openid))
        .returning(_end(days))
    )
    if until is None:
        return
    session.execute(
        update(User)
        .where(User.id == user_id, literal(until) > func.now())
        .values(bought_before_until=until)
        .execution_options(synchronize_session=False)
    )


def forget_old(session: Session) -> None:
    """Drop marks whose time is over; all of them while the shop keeps none."""
    days = RETURNING_DAYS.get()
    session.execute(
        delete(ClosedCustomer)
        .where(_end(days) <= func.now())
        .execution_options(synchronize_session=False)
    )
    over = User.bought_before_until <= func.now()
    session.execute(
        update(User)
        .where(User.bought_before_until.is_not(None), over if days else literal(True))
        .values(bought_before_until=None)
        .execution_options(synchronize_session=False)
    )


def _end(days: int) -> ColumnElement[datetime]:
    """When a mark is over: by the days that the shopper was told, or fewer that are set today."""
    return func.least(ClosedCustomer.until, ClosedCustomer.closed_at + _interval(days))


def _interval(days: int) -> ColumnElement[object]:
    return func.make_interval(0, 0, 0, days)


def _identity(appid: str, openid: str) -> bytes:
    return sealer().blind_index(f"{appid}:{openid}", IDENTITY)
