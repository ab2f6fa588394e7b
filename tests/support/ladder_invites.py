"""Invites for tests of ladders, written as the invites' own part leaves them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, update

from mall.kernel.db import db_now, transaction
from mall.kernel.events import publish
from mall.referral.bindings.models import Binding
from mall.referral.invites.events import InviteChanged
from mall.referral.invites.models import ReferralInvite
from mall.referral.invites.states import ORDERED, QUALIFIED
from tests.support.orders import Buyer, buy, make_buyer, make_goods, order_of, pay


def invited(inviter: Buyer, status: str = ORDERED, invitee: Buyer | None = None) -> int:
    """An invitee whose first order is paid: the invite, which nobody has heard of."""
    invitee = invitee or make_buyer()
    order_no = buy(invitee, {make_goods(): 1})
    pay(order_no)
    order = order_of(order_no)
    with transaction() as session:
        binding_id = session.execute(
            insert(Binding)
            .values(
                inviter_id=inviter.user_id, invitee_id=invitee.user_id, bound_at=db_now(session)
            )
            .returning(Binding.id)
        ).scalar_one()
        return session.execute(
            insert(ReferralInvite)
            .values(
                binding_id=binding_id,
                inviter_id=inviter.user_id,
                invitee_id=invitee.user_id,
                order_id=order.id,
                status=status,
                orders_settled=int(status == QUALIFIED),
                qualified_at=order.paid_at if status == QUALIFIED else None,
            )
            .returning(ReferralInvite.id)
        ).scalar_one()


def change(invite_id: int, **values: Any) -> InviteChanged:
    """The invite changes, and says so; the event."""
    with transaction() as session:
        now = db_now(session)
        if "status" in values:
            values["qualified_at"] = now if values["status"] == QUALIFIED else None
        row = session.execute(
            update(ReferralInvite)
            .where(ReferralInvite.id == invite_id)
            .values(changed_at=now, **values)
            .returning(ReferralInvite.id, ReferralInvite.inviter_id, ReferralInvite.invitee_id)
        ).one()
        event = InviteChanged(*row)
        publish(session, event)
    return event
