"""What a shopper does with an after-sale: apply, cancel, take an offer, send the goods back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from mall.aftersales import states
from mall.aftersales.amounts import LineState, freight_back, with_gifts
from mall.aftersales.errors import (
    AfterSaleState,
    AfterSaleTooLate,
    NotEnoughLeft,
    NothingToRefund,
    NothingToSendBack,
    NotReturnable,
    NotSentYet,
)
from mall.aftersales.gifts import decide_gifts
from mall.aftersales.locking import line_states, lock_after_sale, open_freight
from mall.aftersales.models import AfterSale, AfterSaleLine, AfterSaleStep
from mall.aftersales.reasons import REFUND_ONLY, RETURN_AND_REFUND
from mall.aftersales.refund_requests import accept_offer, cause_of, refund_after_sale
from mall.aftersales.windows import window_of
from mall.kernel.clock import SHOP_ZONE, utc_now
from mall.kernel.codes import draw_code
from mall.kernel.db import transaction
from mall.orders import participants
from mall.orders.errors import OrderStateConflict
from mall.orders.extras import Extra
from mall.orders.kinds import kind_named
from mall.orders.locking import LockedOrder, lock_own_order
from mall.orders.placed import read_placed
from mall.orders.refund_extras import extras_of_refund
from mall.orders.refund_lines import units_by_position
from mall.orders.refunding import REFUNDABLE
from mall.shipping.queries import carrier_name
from mall.uploads.commands import Owner, attach
from mall.users.queries import hold_open_account


def apply(
    user_id: int,
    order_no: str,
    kind: str,
    units: Mapping[int, int],
    *,
    reason: str,
    description: str,
    pictures: Sequence[str],
) -> str:
    """Apply for a refund of `units` (line id → how many) of a paid order; the after_sale_no.

    Gifts that were earned by these units are included. The order is locked, so that after-sales and
    refunds of one order never claim a unit or a fen twice. Raises OrderNotFound,
    OrderStateConflict, AfterSaleTooLate, NotEnoughLeft, NotSentYet (to return goods that
    weren't sent yet), NothingToSendBack (to return what had no parcel), NotReturnable for a kind
    of order that isn't taken back, NothingToRefund, UploadNotFound, AccountClosed, and what a
    participant refuses by `before_refund` or `before_units_back`.
    """
    with transaction() as session:
        order = lock_own_order(session, user_id, order_no)
        hold_open_account(session, user_id)
        asked = _asked(session, order, kind, units)
        number = _new_number()
        placed = read_placed(session, order_no)
        back = [(line_id, count, share) for line_id, (count, share) in asked.lines.items()]
        by_position = units_by_position(session, order.id, back)
        participants.before_refund(session, placed, cause_of(number), by_position)
        sale = {
            "after_sale_no": number,
            "order_id": order.id,
            "user_id": user_id,
            "kind": kind,
            "unsent": asked.unsent,
            "reason": reason,
            "description": description,
            "pictures": list(pictures),
            "goods_fen": asked.goods_fen,
            "freight_fen": asked.freight_fen,
        }
        attach(session, Owner(user_id=user_id), pictures, f"after_sale:{number}")
        _write(session, sale, asked.lines, units)
        return number


@dataclass(frozen=True, slots=True)
class Asked:
    """What a shopper asks back: `lines` (line id → units and their share in fen, gifts
    included), the freight, what goes back beside the money, and whether some of it is still to
    be sent."""

    lines: Mapping[int, tuple[int, int]]
    freight_fen: int
    extras: Sequence[Extra]
    unsent: bool

    @property
    def goods_fen(self) -> int:
        return sum(share for _, share in self.lines.values())


def preview(user_id: int, order_no: str, kind: str, units: Mapping[int, int]) -> dict[str, Any]:
    """What would go back for `units` if the shopper asked for it now; nothing is kept.

    `extras` is what goes back beside the money. Raises what `apply` does of the order and the
    units.
    """
    with transaction() as session:
        order = lock_own_order(session, user_id, order_no)
        asked = _asked(session, order, kind, units)
        return {
            "lines": [
                {"line_id": line_id, "quantity": count, "share_fen": share}
                for line_id, (count, share) in asked.lines.items()
            ],
            "goods_fen": asked.goods_fen,
            "freight_fen": asked.freight_fen,
            "extras": asked.extras,
        }


def _asked(session: Session, order: LockedOrder, kind: str, units: Mapping[int, int]) -> Asked:
    _refuse_order(order, kind)
    lines = line_states(session, order.id)
    units = with_gifts(lines.values(), units)
    shares = _shares(lines, kind, units)
    freight_left = order.freight_fen - order.freight_refunded_fen
    freight = freight_back(
        lines.values(), units, max(0, freight_left - open_freight(session, order.id))
    )
    wanted = [(line_id, units[line_id], fen) for line_id, fen in shares.items()]
    extras = extras_of_refund(session, order.order_no, wanted)
    if (
        sum(shares.values()) + freight <= 0
        and order.payable_fen > 0
        and not extras
        and all(lines[line_id].is_kept_for_nothing for line_id in units)
    ):
        raise NothingToRefund
    unsent = kind == REFUND_ONLY and any(lines[i].unsent > 0 for i in units)
    return Asked({i: (units[i], shares[i]) for i in units}, freight, extras, unsent)


def _refuse_order(order: LockedOrder, asked: str) -> None:
    if order.status not in REFUNDABLE:
        raise OrderStateConflict
    kind = kind_named(order.kind)
    if not kind.returnable:
        raise NotReturnable
    if asked == RETURN_AND_REFUND and not kind.ships:
        raise NothingToSendBack(param="kind")
    # A settled order stays over, also when the window was made longer since.
    if order.settled_at is not None:
        raise AfterSaleTooLate
    if order.completed_at is not None and order.completed_at + window_of(kind) <= order.now:
        raise AfterSaleTooLate


def _shares(lines: dict[int, LineState], kind: str, units: Mapping[int, int]) -> dict[int, int]:
    shares = {}
    for line_id, count in units.items():
        line = lines.get(line_id)
        if line is None or count > line.left:
            raise NotEnoughLeft(param="lines")
        if kind == RETURN_AND_REFUND and line.unsent > 0:
            raise NotSentYet(param="lines")
        shares[line_id] = line.share(count)
    return shares


def _write(
    session: Session,
    sale: Mapping[str, object],
    lines: Mapping[int, tuple[int, int]],
    asked: Mapping[int, int],
) -> None:
    sale_id = session.execute(
        insert(AfterSale)
        .values(status=states.APPLIED, due_at=states.due_at(states.APPLIED), **sale)
        .returning(AfterSale.id)
    ).scalar_one()
    session.execute(
        insert(AfterSaleLine),
        [
            {
                "after_sale_id": sale_id,
                "order_line_id": line_id,
                "quantity": count,
                "asked": asked.get(line_id, 0),
                "share_fen": share,
                "amount_fen": share,
            }
            for line_id, (count, share) in lines.items()
        ],
    )
    session.execute(
        insert(AfterSaleStep).values(
            after_sale_id=sale_id, to_status=states.APPLIED, actor=states.SHOPPER, comment=""
        )
    )


def _new_number() -> str:
    day = utc_now().astimezone(SHOP_ZONE).strftime("%Y%m%d")
    return "A" + day + draw_code(12)


def cancel(user_id: int, after_sale_no: str) -> None:
    """Cancel an after-sale, as long as the goods aren't on their way back.

    Doing it again changes nothing. Raises AfterSaleNotFound, AfterSaleState.
    """
    with transaction() as session:
        sale = lock_after_sale(session, after_sale_no, user_id).sale
        if sale.status == states.CANCELED:
            return
        if states.CANCELED not in states.TRANSITIONS[sale.status]:
            raise AfterSaleState
        states.move(session, sale.id, sale.status, states.CANCELED, by=states.SHOPPER)


def take_offer(user_id: int, after_sale_no: str) -> None:
    """Take what staff offered: it is refunded, or the goods are to be sent first.

    Raises AfterSaleNotFound, AfterSaleState, and what refunds may refuse.
    """
    with transaction() as session:
        locked = lock_after_sale(session, after_sale_no, user_id)
        if locked.sale.status != states.OFFERED:
            raise AfterSaleState
        decide_gifts(session, locked)
        accept_offer(session, locked.sale)
        if locked.sale.kind == RETURN_AND_REFUND:
            states.move(
                session, locked.sale.id, states.OFFERED, states.RETURNING, by=states.SHOPPER
            )
        else:
            refund_after_sale(session, locked, states.SHOPPER)


def send_back(user_id: int, after_sale_no: str, carrier_code: str, tracking_no: str) -> None:
    """Tell under which number the goods are on their way back.

    Raises AfterSaleNotFound, AfterSaleState, UnknownCarrier.
    """
    with transaction() as session:
        sale = lock_after_sale(session, after_sale_no, user_id).sale
        carrier = carrier_name(session, carrier_code)
        if sale.status != states.RETURNING:
            raise AfterSaleState
        states.move(
            session,
            sale.id,
            states.RETURNING,
            states.RETURNED,
            by=states.SHOPPER,
            return_carrier=carrier,
            return_tracking_no=tracking_no,
        )
