"""What materials may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class MaterialNotFound(NotFound):
    """No such material, or one that isn't open."""

    code = "material_not_found"
    message = "素材不存在或已下架"


class MaterialChanged(Conflict):
    """Somebody else saved the material since it was read."""

    code = "material_changed"
    message = "素材已被他人修改，请刷新后再试"


class MaterialSkuUnknown(ValidationFailed):
    code = "material_sku_unknown"
    message = "素材关联的商品规格不存在"


class PromotersOnly(Conflict):
    """The shopper isn't a promoter who is paid now."""

    code = "promoters_only"
    message = "仅推广员可以使用素材库"
