"""What the stock may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound


class SkuUnknown(NotFound):
    """No such SKU; `param` is its id."""

    code = "sku_unknown"
    message = "商品不存在"


class OutOfStock(Conflict):
    """Fewer are sellable than wanted. `param` is the SKU's id, `left` what it still has."""

    code = "out_of_stock"
    message = "库存不足"

    def __init__(self, sku_id: int, left: int) -> None:
        self.sku_id = sku_id
        self.left = left
        super().__init__(f"库存不足，仅剩 {left} 件" if left else "已售罄", param=str(sku_id))


class StockMismatch(RuntimeError):
    """An order moves units that its SKU doesn't hold: a fault of ours, never a shopper's."""
