"""What staff decide about an after-sale, and what happens when a deadline passes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from mall.aftersales import states
from mall.aftersales.addresses import address_for
from mall.aftersales.errors import AfterSaleState, OfferTooHigh
from mall.aftersales.gifts import decide_gifts
from mall.aftersales.locking import LockedAfterSale, lines_of, lock_after_sale
from mall.aftersales.models import AfterSale
from mall.aftersales.reasons import RETURN_AND_REFUND
from mall.aftersales.refund_requests import refund_after_sale
from mall.kernel.db import transaction
from mall.orders.returns import take_back_units
from mall.staff.audit import record

Address = Mapping[str, str]


def approve(after_sale_no: str, comment: str, address: Address | None) -> None:
    """Approve: the money is refunded, or the goods may be sent to `address` or the default one.

    Raises AfterSaleNotFound, AfterSaleState, ReturnAddressMissing, and what refunds refuse.
    """
    with transaction() as session:
        locked = _locked_in(session, after_sale_no, states.APPLIED)
        agree(session, locked, states.STAFF, comment, address)
        _audit(session, "after_sale.approve", locked.sale, comment)


def agree(
    session: Session,
    locked: LockedAfterSale,
    actor: str,
    comment: str = "",
    address: Address | None = None,
) -> None:
    """Approve an application in the caller's transaction; `actor` is one of states.ACTORS."""
    decide_gifts(session, locked)
    if locked.sale.kind != RETURN_AND_REFUND:
        refund_after_sale(session, locked, actor, comment)
        return
    states.move(
        session,
        locked.sale.id,
        states.APPLIED,
        states.RETURNING,
        by=actor,
        comment=comment,
        return_address_sealed=address_for(session, address),
    )


def offer(after_sale_no: str, amount_fen: int, comment: str, address: Address | None) -> None:
    """Offer `amount_fen` in all instead of what was asked; the shopper takes it or leaves it.

    Raises AfterSaleNotFound, AfterSaleState, OfferTooHigh, ReturnAddressMissing.
    """
    with transaction() as session:
        sale = _locked_in(session, after_sale_no, states.APPLIED).sale
        if amount_fen > sale.goods_fen:
            raise OfferTooHigh(param="amount_fen")
        back: dict[str, Any] = {}
        if sale.kind == RETURN_AND_REFUND:
            back = {"return_address_sealed": address_for(session, address)}
        states.move(
            session,
            sale.id,
            states.APPLIED,
            states.OFFERED,
            by=states.STAFF,
            comment=comment,
            offer_fen=amount_fen,
            **back,
        )
        _audit(session, "after_sale.offer", sale, comment, offer_fen=amount_fen)


def refuse(after_sale_no: str, comment: str) -> None:
    """Refuse, with a comment: an application, an offer that wasn't taken, or returned goods.

    Raises AfterSaleNotFound, AfterSaleState.
    """
    with transaction() as session:
        locked = _locked_in(session, after_sale_no, states.APPLIED, states.OFFERED, states.RETURNED)
        sale = locked.sale
        states.move(session, sale.id, sale.status, states.REFUSED, by=states.STAFF, comment=comment)
        _audit(session, "after_sale.refuse", sale, comment)


def receive(after_sale_no: str, comment: str, *, resellable: bool) -> None:
    """The goods are back: they go on sale again or are scrapped, and the money is refunded.

    Raises AfterSaleNotFound, AfterSaleState, and what refunds refuse.
    """
    with transaction() as session:
        locked = _locked_in(session, after_sale_no, states.RETURNING, states.RETURNED)
        units = {line.order_line_id: line.quantity for line in lines_of(session, locked.sale.id)}
        take_back_units(session, locked.order.order_no, units, resellable=resellable)
        refund_after_sale(session, locked, states.STAFF, comment, resellable=resellable)
        _audit(session, "after_sale.receive", locked.sale, comment, resellable=resellable)


def apply_timeout(session: Session, locked: LockedAfterSale) -> None:
    """End an after-sale's step whose deadline has passed.

    Staff didn't act: an application is approved, goods sent back count as received (no stock
    moves, as nobody knows where they are). The shopper didn't act: it is cancelled.
    """
    sale = locked.sale
    if sale.status == states.APPLIED:
        agree(session, locked, states.TIME)
    elif sale.status == states.RETURNED:
        refund_after_sale(session, locked, states.TIME)
    else:
        states.move(session, sale.id, sale.status, states.CANCELED, by=states.TIME)


def _locked_in(session: Session, after_sale_no: str, *statuses: str) -> LockedAfterSale:
    locked = lock_after_sale(session, after_sale_no)
    if locked.sale.status not in statuses:
        raise AfterSaleState
    return locked


def _audit(session: Session, action: str, sale: AfterSale, comment: str, **after: Any) -> None:
    record(
        session,
        action=action,
        target_type="after_sale",
        target_id=sale.after_sale_no,
        before={"status": sale.status},
        after={"word": comment, "goods_fen": sale.goods_fen, **after},
    )
