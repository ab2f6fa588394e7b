"""Which goods a promotion or a coupon is for, as staff write it down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import fields, validate
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.catalog.errors import GoodsUnknown
from mall.catalog.models import Brand, Category, Sku, Spu
from mall.kernel.db import Identified
from mall.kernel.http.schemas import Id, Schema

MAX_IDS = 1000
_NAMED: Mapping[str, type[Identified]] = {
    "sku_ids": Sku,
    "spu_ids": Spu,
    "category_ids": Category,
    "brand_ids": Brand,
}


def _ids() -> fields.List[Any]:
    return fields.List(Id(), load_default=list, validate=validate.Length(max=MAX_IDS))


class GoodsSchema(Schema):
    """Goods by any of these; a category counts with all below it."""

    sku_ids = _ids()
    spu_ids = _ids()
    category_ids = _ids()
    brand_ids = _ids()


def _no_goods() -> dict[str, list[int]]:
    return {"sku_ids": [], "spu_ids": [], "category_ids": [], "brand_ids": []}


class ScopeSchema(Schema):
    """`only` these goods (all, when it names none), less those `excluded`."""

    # Marshmallow keeps the name `only` for itself.
    included = fields.Nested(GoodsSchema, attribute="only", data_key="only", load_default=_no_goods)
    excluded = fields.Nested(GoodsSchema, load_default=_no_goods)


def whole_scope() -> dict[str, Any]:
    return {"only": _no_goods(), "excluded": _no_goods()}


def scope_must_exist(session: Session, scope: Mapping[str, Mapping[str, Iterable[int]]]) -> None:
    """Raises GoodsUnknown when a scope names goods that there aren't."""
    for goods in scope.values():
        for name, ids in goods.items():
            _must_exist(session, _NAMED[name], ids, f"scope.{name}")


def skus_must_exist(session: Session, sku_ids: Iterable[int], param: str) -> None:
    """Raises GoodsUnknown when one of these SKUs doesn't exist."""
    _must_exist(session, Sku, sku_ids, param)


def _must_exist(session: Session, model: type[Identified], ids: Iterable[int], param: str) -> None:
    wanted = set(ids)
    if not wanted:
        return
    query = select(func.count()).select_from(model).where(model.id.in_(wanted))
    if session.scalar(query) != len(wanted):
        raise GoodsUnknown(param=param)
