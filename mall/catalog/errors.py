"""What the catalogue refuses."""

from __future__ import annotations

from mall.kernel.errors import Conflict, MallError, NotFound, Unavailable, ValidationFailed
from mall.wechat.errors import WechatUnreachable


class ProductNotFound(NotFound):
    code = "product_not_found"
    message = "商品不存在或已下架"


class CategoryNotFound(NotFound):
    code = "category_not_found"
    message = "类目不存在"


class BrandNotFound(NotFound):
    code = "brand_not_found"
    message = "品牌不存在"


class CategoryNameTaken(Conflict):
    code = "category_name_taken"
    message = "同级类目中已有该名称"


class CategoryInUse(Conflict):
    code = "category_in_use"
    message = "类目下还有商品或子类目，不能删除"


class CategoryCycle(Conflict):
    code = "category_cycle"
    message = "不能把类目移动到它自己或其下级类目之下"


class CategoryTooDeep(MallError):
    code = "category_too_deep"
    message = "类目最多三级"


class BrandNameTaken(Conflict):
    code = "brand_name_taken"
    message = "品牌名称已存在"


class BrandInUse(Conflict):
    code = "brand_in_use"
    message = "品牌下还有商品，不能删除"


class SpuCodeTaken(Conflict):
    code = "spu_code_taken"
    message = "商品编号已存在"


class SkuCodeTaken(Conflict):
    code = "sku_code_taken"
    message = "SKU 编号已存在"


class SpecValuesTaken(MallError):
    code = "spec_values_repeated"
    message = "同一商品有两个规格值相同的 SKU"


class SpecsMismatch(MallError):
    code = "specs_mismatch"
    message = "SKU 的规格值个数与规格名个数不一致"


class ShelfTimesInvalid(MallError):
    code = "shelf_times_invalid"
    message = "下架时间必须晚于上架时间"


class ProductCodeUnavailable(WechatUnreachable):
    message = "微信暂时无法生成，请稍后再试"


class SheetUnreadable(MallError):
    """No CSV or Excel file, without a needed column, empty, or too long."""

    status = 422
    code = "sheet_unreadable"
    message = "表格无法读取"


class SheetsBusy(Unavailable):
    """This process reads as many sheets as it may: the same one can be sent again."""

    code = "sheets_busy"
    message = "正在处理其他表格，请稍后再试"


class GoodsUnknown(ValidationFailed):
    """The scope or the terms of an offer name goods that don't exist."""

    code = "goods_unknown"
    message = "所选的商品、类目或品牌不存在"
