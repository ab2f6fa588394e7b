"""Errors of the cart. Orders refuse goods with the same errors."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound


class SkuOffShelf(Conflict):
    """It can't be bought now; `param` is the SKU's id."""

    code = "sku_off_shelf"
    message = "商品已下架"


class CartFull(Conflict):
    code = "cart_full"
    message = "购物车已满，请先清理"


class QuantityTooLarge(Conflict):
    """More of one SKU than a line may hold."""

    code = "quantity_too_large"
    message = "单件商品数量过多"


class CartLineNotFound(NotFound):
    code = "cart_line_not_found"
    message = "购物车中没有该商品"
