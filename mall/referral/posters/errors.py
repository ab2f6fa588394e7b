"""What posters may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, TooManyRequests


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
