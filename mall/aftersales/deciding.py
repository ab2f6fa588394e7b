"""What staff decide, and what time decides when nobody does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from mall.aftersales import states
from mall.aftersales.addresses import address_for
from mall.aftersales.errors import AfterSaleState, OfferTooHigh
from mall.aftersales.holding import HeldSale, hold_sale, lines_of
from mall.aftersales.models import AfterSale
from mall.aftersales.paying_back import pay_back
from mall.aftersales.reasons import RETURN_AND_REFUND
from mall.kernel.db import transaction
from mall.orders.coming_back import take_back_units
from mall.staff.audit import record

Address = Mapping[str, str]


def approve(after_sale_no: str, word: str, address: Address | None) -> None:
    """Agree: the money goes back, or the goods may come, to `address` or the default one.

    Raises AfterSaleNotFound, AfterSaleState, ReturnAddressMissing, and what refunds refuse.
    """
    with transaction() as session:
        held = _held_in(session, after_sale_no, states.APPLIED)
        agree(session, held, states.STAFF, word, address)
        _audit(session, "after_sale.approve", held.sale, word)


def agree(
    session: Session, held: HeldSale, actor: str, word: str = "", address: Address | None = None
) -> None:
    """Approve an application in the caller's transaction, by whom."""
    if held.sale.kind != RETURN_AND_REFUND:
        pay_back(session, held, actor, word)
        return
    states.move(
        session,
        held.sale.id,
        states.APPLIED,
        states.RETURNING,
        by=actor,
        word=word,
        return_address_sealed=address_for(session, address),
    )


def offer(after_sale_no: str, amount_fen: int, word: str, address: Address | None) -> None:
    """Offer `amount_fen` in all instead of what was asked; the shopper takes it or leaves it.

    Raises AfterSaleNotFound, AfterSaleState, OfferTooHigh, ReturnAddressMissing.
    """
    with transaction() as session:
        sale = _held_in(session, after_sale_no, states.APPLIED).sale
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
            word=word,
            offer_fen=amount_fen,
            **back,
        )
        _audit(session, "after_sale.offer", sale, word, offer_fen=amount_fen)


def refuse(after_sale_no: str, word: str) -> None:
    """Refuse with a word: an application, an offer that was left, or what came back.

    Raises AfterSaleNotFound, AfterSaleState.
    """
    with transaction() as session:
        held = _held_in(session, after_sale_no, states.APPLIED, states.OFFERED, states.RETURNED)
        sale = held.sale
        states.move(session, sale.id, sale.status, states.REFUSED, by=states.STAFF, word=word)
        _audit(session, "after_sale.refuse", sale, word)


def receive(after_sale_no: str, word: str, *, resellable: bool) -> None:
    """The goods are back: on sale again or scrapped, and the money goes.

    Raises AfterSaleNotFound, AfterSaleState, and what refunds refuse.
    """
    with transaction() as session:
        held = _held_in(session, after_sale_no, states.RETURNING, states.RETURNED)
        units = {line.order_line_id: line.quantity for line in lines_of(session, held.sale.id)}
        take_back_units(session, held.order.order_no, units, resellable=resellable)
        pay_back(session, held, states.STAFF, word, resellable=resellable)
        _audit(session, "after_sale.receive", held.sale, word, resellable=resellable)


def let_time_decide(session: Session, held: HeldSale) -> None:
    """What becomes of an after-sale whose step nobody took: in favour of who did act.

    Staff are silent: it's approved; goods sent back count as received (where they are isn't
    known, so no stock moves). The shopper is silent: it's withdrawn.
    """
    sale = held.sale
    if sale.status == states.APPLIED:
        agree(session, held, states.TIME)
    elif sale.status == states.RETURNED:
        pay_back(session, held, states.TIME)
    else:
        states.move(session, sale.id, sale.status, states.CANCELED, by=states.TIME)


def _held_in(session: Session, after_sale_no: str, *statuses: str) -> HeldSale:
    held = hold_sale(session, after_sale_no)
    if held.sale.status not in statuses:
        raise AfterSaleState
    return held


def _audit(session: Session, action: str, sale: AfterSale, word: str, **after: Any) -> None:
    record(
        session,
        action=action,
        target_type="after_sale",
        target_id=sale.after_sale_no,
        before={"status": sale.status},
        after={"word": word, "goods_fen": sale.goods_fen, **after},
    )
