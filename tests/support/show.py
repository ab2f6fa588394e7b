"""The buyer show for tests: columns, reviews with pictures that staff feature."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from mall.kernel.db import db, transaction
from mall.reviews.show.columns import create_column
from mall.reviews.show.featuring import feature_review
from mall.reviews.show.models import ShowEntry
from mall.staff.models import StaffMember
from tests.support.catalog import make_category, make_sku
from tests.support.coupons import make_template
from tests.support.invariants import rows_of
from tests.support.inventory import stock
from tests.support.orders import Buyer
from tests.support.staff import make_staff
from tests.support.written import Received, approved, make_picture, received, work

OWN = ("I20v", "I20w", "I20x", "I20r", "I20s", "I9a", "I9b", "I10b")


def make_column(**more: Any) -> int:
    """A column of products of any category, without a coupon: its id."""
    terms = {
        "name": "居家好物",
        "category_id": None,
        "sort": "hot",
        "position": 0,
        "enabled": True,
        "coupon_template_id": None,
    }
    return create_column(terms | more)


def coupon_column(**more: Any) -> int:
    """A column whose writers get five yuan off twenty, by a template of its own: its id."""
    return make_column(coupon_template_id=make_template(way="reward", **more))


def made_of(category: str, parent_id: int | None = None) -> tuple[int, int]:
    """A SKU on sale in a category of that name: the category's id, and the SKU's."""
    category_id = make_category(category, parent_id)
    return category_id, stock(make_sku(3_000, name=category, category_id=category_id), 50)


def pictured(sku_id: int | None = None, buyer: Buyer | None = None) -> tuple[Received, int]:
    """An order, and its approved review with two pictures."""
    order = received(sku_id, buyer=buyer)
    names = tuple(make_picture(order.user_id) for _ in range(2))
    return order, approved(order, pictures=names)


def clerk() -> int:
    """The id of somebody of the staff."""
    make_staff("buyer_show:write")
    with transaction() as session:
        query = select(StaffMember.id).order_by(StaffMember.id.desc()).limit(1)
        return session.scalars(query).one()


def featured(column_id: int | None = None, review_id: int | None = None) -> int:
    """An entry of the show, of a review of its own unless given; events were heard: its id."""
    review_id = review_id or pictured()[1]
    entry_id = feature_review(clerk(), review_id, column_id or make_column())
    work()
    return entry_id


def entry(entry_id: int) -> ShowEntry:
    """The entry's row, read afresh."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(ShowEntry).where(ShowEntry.id == entry_id)).one()


def show_holds() -> None:
    """What must hold of the show, its coupons and its rewards holds."""
    db.session.rollback()
    assert {code: rows for code in OWN if (rows := rows_of(code))} == {}


def show_ids() -> dict[str, str]:
    """A column, and a review that may be featured; what placeholders stand for."""
    return {"show_column_id": str(make_column()), "show_review_id": str(pictured()[1])}
