"""What staff do with columns of the buyer show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from mall.catalog.errors import CategoryNotFound
from mall.catalog.models import Category
from mall.coupons.errors import TemplateNotFound
from mall.coupons.models import FEATURE, CouponTemplate
from mall.kernel.db import transaction
from mall.reviews.show.errors import ShowColumnNotFound
from mall.reviews.show.models import ShowColumn
from mall.staff.audit import record

Terms = Mapping[str, Any]
MOST = 200
"""Columns that one answer lists; a shop has a few."""


def create_column(terms: Terms) -> int:
    """A new column: its id. `terms` has the columns of the table that staff set.

    Raises CategoryNotFound, TemplateNotFound.
    """
    with transaction() as session:
        _check(session, terms)
        column_id: int = session.execute(
            insert(ShowColumn).values(**terms).returning(ShowColumn.id)
        ).scalar_one()
        _record(session, "create", column_id, None, terms)
    return column_id


def change_column(column_id: int, terms: Terms) -> None:
    """Other terms; what was featured stays. Raises ShowColumnNotFound, CategoryNotFound,
    TemplateNotFound."""
    with transaction() as session:
        found = session.get(
            ShowColumn, column_id, with_for_update={"key_share": True}, populate_existing=True
        )
        if found is None:
            raise ShowColumnNotFound
        before = {name: getattr(found, name) for name in terms}
        if before == dict(terms):
            return
        _check(session, terms)
        session.execute(
            update(ShowColumn)
            .where(ShowColumn.id == column_id)
            .values(**terms, changed_at=func.clock_timestamp())
        )
        _record(session, "change", column_id, before, terms)


def columns(session: Session, *, only_enabled: bool) -> Sequence[ShowColumn]:
    """Columns in their order."""
    query = select(ShowColumn).order_by(ShowColumn.position, ShowColumn.id).limit(MOST)
    if only_enabled:
        query = query.where(ShowColumn.enabled)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def _check(session: Session, terms: Terms) -> None:
    of_staff = select(CouponTemplate.id).where(CouponTemplate.way != FEATURE)
    for known, named, key, error in (
        (select(Category.id), Category.id, "category_id", CategoryNotFound),
        (of_staff, CouponTemplate.id, "coupon_template_id", TemplateNotFound),
    ):
        if terms[key] is not None and session.scalar(known.where(named == terms[key])) is None:
            raise error(param=key)


def _record(
    session: Session, verb: str, column_id: int, before: Terms | None, after: Terms
) -> None:
    record(
        session,
        action=f"show_column.{verb}",
        target_type="show_column",
        target_id=column_id,
        before=before,
        after=after,
    )
