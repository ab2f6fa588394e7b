"""Who is a customer already: one rule, for every feature that treats new customers differently."""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from mall.orders.models import Order
from mall.users.returning import CustomerCheck


def has_bought(user_id: str, *, but: str | None = None, before: str | None = None) -> str:
    """SQL: whether a shopper has paid for an order before; free orders don't count.

    Nor is somebody new who closed an account that had bought, while the shop knows of that
    (`mall/users/returning.py`).

    `but` is the id of an order to leave out, `before` a moment: only what was paid earlier counts.
    With both, of two orders paid in one second (WeChat's moments have no parts of a second) the one
    that was placed first is the earlier. All are SQL of the caller, never input.
    """
    others = f" AND bought.id <> {but}" if but else ""
    earlier = f" AND bought.paid_at < {before}" if before else ""
    if but and before:
        earlier = f" AND (bought.paid_at, bought.id) < ({before}, {but})"
    came_back = f"back.id = {user_id} AND back.bought_before_until > now()"
    paid = (
        f"bought.user_id = {user_id} AND bought.paid_at IS NOT NULL AND bought.payable_fen > 0"
        f"{others}{earlier}"
    )
    return (
        f"(EXISTS (SELECT FROM orders bought WHERE {paid})"  # noqa: S608
        f" OR EXISTS (SELECT FROM users back WHERE {came_back}))"
    )


def person_has_bought(user: str, *, before: str | None = None) -> str:
    """SQL: whether the person of a row of `users` (its alias) has bought under any account: the
    same unionid or the same phone. `before` as in `has_bought`."""

    def other(column: str) -> str:
        return (
            f"EXISTS (SELECT FROM users same WHERE same.{column} = {user}.{column}"
            f" AND same.id <> {user}.id AND {has_bought('same.id', before=before)})"
        )

    mine = has_bought(f"{user}.id", before=before)
    return f"({mine} OR {other('unionid')} OR {other('phone_index')})"


def _paid_once(session: Session, user_id: int) -> bool:
    paid = exists().where(
        Order.user_id == user_id, Order.paid_at.is_not(None), Order.payable_fen > 0
    )
    return bool(session.scalar(select(paid)))


PAID_ORDERS = CustomerCheck("orders", _paid_once)
