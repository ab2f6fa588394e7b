"""What posters may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, TooManyRequests, Unavailable, ValidationFailed


class PosterTemplateNotFound(NotFound):
    code = "poster_template_not_found"
    message = "海报模板不存在或已停用"


class PosterNotFound(NotFound):
    code = "poster_not_found"
    message = "海报不存在"


class PosterPageUnfit(Conflict):
    """The design isn't for such pages, or the page has nothing to show."""

    code = "poster_page_unfit"
    message = "该页面不能使用此海报模板"


class PosterLimit(TooManyRequests):
    """So many posters of the shopper are being made already."""

    code = "poster_limit"
    message = "正在生成的海报太多，请稍后再试"


class PosterBusy(Unavailable):
    """Another picture is being made for staff in this process."""

    code = "poster_busy"
    message = "海报生成繁忙，请稍后再试"


class PosterLinkMissing(ValidationFailed):
    """A plain QR code needs the setting `referral.poster_link_prefix`."""

    code = "poster_link_missing"
    message = "使用普通二维码前，请先在设置中填写海报链接前缀"


class PosterPictureMissing(ValidationFailed):
    """The background isn't a picture that was uploaded here."""

    code = "poster_picture_missing"
    message = "背景图不存在，请重新上传"
