"""Facts that change what orders pay."""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.aftersales.events import OrderSettled
from mall.kernel.jobs import defer_many
from mall.orders.events import OrderPaid, OrderRefunded, SettledOrderReduced
from mall.referral.attribution.events import OrderAttributed
from mall.referral.commission.jobs import KEEP
from mall.referral.commission.keeping import keep
from mall.referral.commission.line_queries import open_orders
from mall.referral.commission.paying import pay_for_attributed, pay_for_own
from mall.referral.promoters.events import PromoterChanged
from mall.referral.screening.events import ScreeningDecided


def pay_who_brought(session: Session, event: OrderAttributed) -> None:
    """It is known of whose share a paid order came."""
    pay_for_attributed(session, event.order_no)


def pay_own(session: Session, event: OrderPaid) -> None:
    """An order was paid; maybe a promoter's own."""
    pay_for_own(session, event.order_no)


def keep_up(session: Session, event: OrderRefunded | OrderSettled | SettledOrderReduced) -> None:
    """Whichever it was: what the order pays follows from how the order stands."""
    keep(session, event.order_no)


def follow_screening(session: Session, event: ScreeningDecided) -> None:
    """A binding stands otherwise: its orders are looked at anew, each in a transaction."""
    found = open_orders(session, binding_id=event.binding_id)
    defer_many(session, KEEP, [{"order_no": order_no} for order_no in found])


def follow_promoter(session: Session, event: PromoterChanged) -> None:
    """A promoter may be free again: what waits for that is looked at anew."""
    found = open_orders(session, waiting_promoter_id=event.user_id)
    defer_many(session, KEEP, [{"order_no": order_no} for order_no in found])
