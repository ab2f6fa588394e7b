"""What collages may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, TooManyRequests, ValidationFailed


class CollageTemplateNotFound(NotFound):
    code = "collage_template_not_found"
    message = "拼图模板不存在或已停用"


class CollageNotFound(NotFound):
    code = "collage_not_found"
    message = "拼图不存在"


class CollagePageUnfit(Conflict):
    """The design isn't for such pages, or the page has nothing to show."""

    code = "collage_page_unfit"
    message = "该页面不能使用此拼图模板"


class CollagePicturesUnfit(ValidationFailed):
    """The design has another number of places than there are pictures."""

    code = "collage_pictures_unfit"
    message = "图片数量与模板不符"


class CollageLimit(TooManyRequests):
    """The shopper has made as many today as the shop allows."""

    code = "collage_limit"
    message = "今天生成的拼图已达上限，请明天再试"
