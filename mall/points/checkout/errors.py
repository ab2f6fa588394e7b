"""What points at checkout may refuse."""

from __future__ import annotations

from mall.kernel.errors import NotFound, ValidationFailed


class ChoiceInvalid(ValidationFailed):
    """Neither "most", nor "none", nor a number of points."""

    code = "points_choice_invalid"
    message = "请填写要使用的积分数量"

    def __init__(self) -> None:
        super().__init__(param="choices")


class SkuNotFound(NotFound):
    code = "points_sku_not_found"
    message = "商品规格不存在"
