"""From a sheet's rows to the data of a product. Pure."""

from __future__ import annotations

from collections.abc import Collection

from mall.catalog.product_data import UNSAID, ProductData, SkuData
from mall.catalog.sheet_rows import ProductRow

_COLUMN_OF_FIELD = {
    "weight_g": "重量(克)",
    "volume_cm3": "体积(立方厘米)",
    "cost_fen": "成本价(元)",
    "list_price_fen": "划线价(元)",
    "image": "SKU图",
    "main_image": "主图",
    "gallery": "轮播图",
    "detail_html": "详情HTML",
    "brief": "简介",
    "brand_id": "品牌",
    "unit": "单位",
    "spec_names": "规格名",
    "spec_values": "规格值",
    "is_new": "新品",
    "is_hot": "热销",
}


def columns_to_keep(headers: Collection[str], *, attributes: bool) -> frozenset[str]:
    """The columns of a product that a sheet with these headers says nothing about."""
    unsaid = {name for name, header in _COLUMN_OF_FIELD.items() if header not in headers}
    if not attributes:
        unsaid.add("attributes")
    return frozenset(unsaid | {"enabled", "position"})


def product_data_of(
    rows: list[ProductRow],
    *,
    category_id: int,
    brand_id: int | None,
    attributes: list[dict[str, str]],
) -> ProductData:
    """The product that these rows describe: the first row speaks for all of it."""
    first = rows[0]
    return ProductData(
        spu_code=first.spu_code,
        name=first.name,
        category_id=category_id,
        skus=[_sku(row) for row in rows],
        brief=first.brief,
        brand_id=brand_id,
        unit=first.unit,
        main_image=first.main_image,
        gallery=first.gallery,
        detail_html=first.detail_html,
        spec_names=first.spec_names,
        attributes=attributes,
        is_new=first.is_new,
        is_hot=first.is_hot,
    )


def _sku(row: ProductRow) -> SkuData:
    return SkuData(
        sku_code=row.sku_code,
        price_fen=row.price_fen,
        spec_values=row.spec_values,
        list_price_fen=row.list_price_fen,
        cost_fen=UNSAID if row.cost_fen is None else row.cost_fen,
        weight_g=row.weight_g,
        volume_cm3=row.volume_cm3,
        image=row.image,
    )
