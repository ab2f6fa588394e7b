"""What the stock may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, MallError, NotFound


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


class StockReasonMissing(MallError):
    """A sheet of stock without a word why, or with one over 200 characters."""

    status = 422
    code = "stock_reason_missing"
    message = "请填写原因（200 字以内）"


class StockMismatch(RuntimeError):
    """An order moves units that its SKU doesn't hold: a fault of ours, never a shopper's."""
