"""The demo shop's trials: two whose officers have written, one that takes applications.

Each step is done unless it is done already, so a load that was stopped is finished by the next one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import select

from mall.catalog.models import Sku, Spu
from mall.kernel.db import db_now, transaction
from mall.orders.fulfilling import confirm_receipt
from mall.orders.models import Order
from mall.reviews.demo.people import address_of, shopper
from mall.reviews.demo.reviews import say
from mall.reviews.trials.accepting import accept
from mall.reviews.trials.admin_schemas import TrialInput
from mall.reviews.trials.applying import apply
from mall.reviews.trials.models import APPLIED, PICKED, Trial, TrialApplication
from mall.reviews.trials.picking import pick
from mall.reviews.trials.saving import close_trial, create_trial
from mall.shipping.commands import ship

SHEET = Path(str(files("mall") / "demo" / "trials.csv"))
CODE = "商品编号"
OPEN_CODE, OPEN_UNITS, OPEN_DAYS = "D1003", 3, 30
TEXT = "免费试用，收到后请如实评价，好坏皆可。"
CARRIER = "ZTO"


@dataclass(frozen=True)
class Held:
    """What a load made."""

    trials: int = 0
    reviews: int = 0


def rows() -> Iterator[dict[str, str]]:
    """What officers say, a row a review; those of a product stand together."""
    with SHEET.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def hold_trials() -> Held:
    """The trials of the sheet, with their reviews, as far as the shop has their products."""
    held = Held()
    for code, said in groupby(rows(), key=lambda row: row[CODE]):
        sku = _sku(code)
        if sku is not None:
            one = _hold(sku, list(said))
            held = Held(held.trials + one.trials, held.reviews + one.reviews)
    return held


def open_trial() -> int:
    """A trial that shoppers may apply for, once; how many were made."""
    sku = _sku(OPEN_CODE)
    if sku is None or _known(sku) is not None:
        return 0
    _create(sku, OPEN_UNITS, OPEN_DAYS)
    return 1


def _hold(sku: Any, said: list[dict[str, str]]) -> Held:
    known = _known(sku)
    if known is not None and known.closed_at is not None:
        return Held()
    trial_id = _create(sku, len(said), 1) if known is None else known.id
    made = sum(_review(trial_id, row) for row in said)
    close_trial(trial_id)
    return Held(int(known is None), made)


def _review(trial_id: int, row: dict[str, str]) -> bool:
    """What one officer does from the application to the review; whether it was written now."""
    user_id = shopper(row["昵称"])
    order_no = _ordered(trial_id, user_id, address_of(user_id, row["昵称"]))
    if _order_status(order_no) == "paid":
        ship(order_no, CARRIER, f"DEMO{order_no}")
    if _order_status(order_no) == "shipped":
        confirm_receipt(user_id, order_no)
    return say(user_id, order_no, row)


def _ordered(trial_id: int, user_id: int, address_id: int) -> str:
    found = _application(trial_id, user_id)
    if found is None:
        apply(user_id, trial_id, "想试试")
        found = _application(trial_id, user_id)
    if found.status == APPLIED:
        pick(trial_id, [found.id])
        found = _application(trial_id, user_id)
    if found.status == PICKED:
        return accept(user_id, found.id, address_id).order_no
    order_no: str = found.order_no
    return order_no


def _application(trial_id: int, user_id: int) -> Any:
    with transaction() as session:
        return session.execute(
            select(TrialApplication.id, TrialApplication.status, Order.order_no)
            .outerjoin(Order, Order.id == TrialApplication.order_id)
            .where(TrialApplication.trial_id == trial_id, TrialApplication.user_id == user_id)
        ).one_or_none()


def _order_status(order_no: str) -> str:
    with transaction() as session:
        return session.scalars(select(Order.status).where(Order.order_no == order_no)).one()


def _sku(code: str) -> Any:
    """The cheapest SKU of a product of the demo catalogue, with the product's name."""
    with transaction() as session:
        return session.execute(
            select(Sku.id, Spu.name)
            .join(Spu, Spu.id == Sku.spu_id)
            .where(Spu.spu_code == code)
            .order_by(Sku.price_fen, Sku.id)
            .limit(1)
        ).one_or_none()


def _name(sku: Any) -> str:
    return f"{sku.name}体验"


def _known(sku: Any) -> Any:
    """The demo's trial of this SKU."""
    with transaction() as session:
        return session.execute(
            select(Trial.id, Trial.closed_at)
            .where(Trial.sku_id == sku.id, Trial.name == _name(sku))
            .order_by(Trial.id)
            .limit(1)
        ).one_or_none()


def _create(sku: Any, units: int, days: int) -> int:
    with transaction() as session:
        now = db_now(session)
    terms = {
        "sku_id": str(sku.id),
        "name": _name(sku),
        "text": TEXT,
        "units": units,
        "apply_from": (now - timedelta(minutes=1)).isoformat(),
        "apply_until": (now + timedelta(days=days)).isoformat(),
        "min_pictures": 1,
        "accept_warnings": True,
    }
    return create_trial(TrialInput().load(terms))
