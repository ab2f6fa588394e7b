"""What is for sale, decided by the database's clock."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, func, or_

from mall.catalog.models import Spu


def on_shelf_now() -> ColumnElement[bool]:
    """SQL: staff want the product shown, and this moment is between its two times."""
    now = func.statement_timestamp()
    return and_(
        Spu.on_shelf,
        Spu.archived_at.is_(None),
        Spu.min_price_fen.is_not(None),
        or_(Spu.shelf_on_at.is_(None), Spu.shelf_on_at <= now),
        or_(Spu.shelf_off_at.is_(None), Spu.shelf_off_at > now),
    )


def spec_text(spec_values: list[str]) -> str:
    """A SKU's values in one line, as carts and orders show it."""
    return "；".join(spec_values)
