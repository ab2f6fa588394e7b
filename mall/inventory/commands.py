"""Stock movements. `ref` says what a movement belongs to, for example "order:<order_no>".

Every function works in the caller's transaction and never commits. Quantities are whole
units above zero. Lock order: an order's row before its SKUs, SKUs ascending.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.inventory.errors import OutOfStock, StockMismatch
from mall.inventory.models import Stock
from mall.inventory.movements import move_units


def receive(session: Session, sku_id: int, quantity: int, *, reason: str, ref: str) -> None:
    """New units to sell. Makes the stock row of a SKU that has none."""
    receive_many(session, {sku_id: quantity}, reason=reason, ref=ref)


def receive_many(session: Session, quantities: Mapping[int, int], *, reason: str, ref: str) -> None:
    """`receive` for many SKUs."""
    if not quantities:
        return
    rows = [{"sku_id": sku_id} for sku_id in sorted(quantities)]
    session.execute(insert(Stock).on_conflict_do_nothing(), rows)
    _must(move_units(session, "put_in", quantities, ref=ref, reason=reason), ref)


def take_out(session: Session, sku_id: int, quantity: int, *, reason: str, ref: str) -> None:
    """Units lost, broken or counted wrong. Raises OutOfStock when fewer are sellable."""
    _refuse(session, move_units(session, "take_out", {sku_id: quantity}, ref=ref, reason=reason))


def reserve(session: Session, quantities: Mapping[int, int], *, ref: str) -> None:
    """Hold units for an order: sellable → reserved, for every SKU or for none.

    Raises OutOfStock, which names the first SKU that is short; then nothing has moved.
    """
    _refuse(session, move_units(session, "reserve", quantities, ref=ref))


def release(session: Session, quantities: Mapping[int, int], *, ref: str) -> None:
    """Give back what an unpaid order held: reserved → sellable."""
    _must(move_units(session, "release", quantities, ref=ref), ref)


def sell(session: Session, quantities: Mapping[int, int], *, ref: str) -> None:
    """An order was paid: reserved → sold."""
    _must(move_units(session, "sell", quantities, ref=ref), ref)


def take_back(session: Session, quantities: Mapping[int, int], *, ref: str) -> None:
    """Units that never left, or came back as good as new: sold → sellable."""
    _must(move_units(session, "take_back", quantities, ref=ref), ref)


def scrap(session: Session, quantities: Mapping[int, int], *, ref: str) -> None:
    """Units that came back and can't be sold again: they leave the books."""
    _must(move_units(session, "scrap", quantities, ref=ref), ref)


def _refuse(session: Session, short: list[int]) -> None:
    if short:
        left = session.scalar(select(Stock.sellable).where(Stock.sku_id == short[0]))
        raise OutOfStock(short[0], left or 0)


def _must(short: list[int], ref: str) -> None:
    if short:
        raise StockMismatch(f"{ref}: SKU {short} doesn't hold these units")
